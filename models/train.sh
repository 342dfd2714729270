#!/usr/bin/env bash
# Trains the shipped model: models/train.sh CORPUS_DIR
# The sets are those whose licences allow it; the sites of benchmarks/residue are kept out.
set -euo pipefail
corpus=$1
cd "$(dirname "$0")/.."
clean train \
  "$corpus"/{wcxb_dev,andythefactory,fundus,magic_html,immortal_zh}.jsonl.xz \
  --out models --name base --exclude benchmarks/residue/domains.txt \
  --attribution 'wcxb_dev: WCXB 1.0 by Murrough Foley, CC-BY-4.0' \
  --attribution 'andythefactory: article extraction dataset, Apache-2.0' \
  --attribution 'fundus: test pages of the Fundus project, MIT' \
  --attribution 'magic_html: sample pages of the magic-html project, Apache-2.0' \
  --attribution 'immortal_zh: Chinese pages, MIT'
