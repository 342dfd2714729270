#!/usr/bin/env bash
# Trains the shipped model: models/train.sh CORPUS_DIR WORK_DIR [OPTION...]
# With `--bodies base` what tells kinds alone is learned anew, as the shipped model's was.
# The sets are those whose licences allow it; the sites of benchmarks/residue are kept out.
# WORK_DIR, outside the repository, gets the extractors and what they leave of the pages.
set -euo pipefail
corpus=$(realpath "$1")
mkdir -p "$2"
work=$(realpath "$2")
cd "$(dirname "$0")/.."
sets=(wcxb_dev andythefactory fundus magic_html immortal_zh)
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 # sums in one order, whatever the machine

if ! [ -e "$work/residue.jsonl" ]; then
  python3 -m venv "$work/extractors"
  "$work/extractors/bin/pip" install --quiet -r benchmarks/residue/requirements.txt
  "$work/extractors/bin/python" benchmarks/residue/make_residue.py \
    "$corpus" "$work" --training "${sets[@]}"
fi
paths=("${sets[@]/%/.jsonl.xz}")
clean train "${paths[@]/#/$corpus/}" \
  --out models --name base --exclude benchmarks/residue/domains.txt \
  --residues "$work/residue.jsonl" --residue-labels benchmarks/residue/training_labels.jsonl \
  --kind-labels models/kind_labels.jsonl \
  --attribution 'wcxb_dev: WCXB 1.0 by Murrough Foley, CC-BY-4.0' \
  --attribution 'andythefactory: article extraction dataset, Apache-2.0' \
  --attribution 'fundus: test pages of the Fundus project, MIT' \
  --attribution 'magic_html: sample pages of the magic-html project, Apache-2.0' \
  --attribution 'immortal_zh: Chinese pages, MIT' \
  "${@:3}"
