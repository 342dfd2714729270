// Talks to the server. Everything that comes from pages is data, and is only ever shown as text.

const csrf = document.querySelector("meta[name=csrf]").content;

async function answer(response) {
  const values = await response.json().catch(() => ({ error: `The server said ${response.status}.` }));
  if (!response.ok) {
    const error = new Error(values.error ?? `The server said ${response.status}.`);
    error.status = response.status;
    throw error;
  }
  return values;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Error("The server does not answer. Is `clean review` still running?");
  }
  return answer(response);
}

export const get = (path) => ask(`/api/${path}`);

export const post = (path, body = {}) =>
  ask(`/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  });
