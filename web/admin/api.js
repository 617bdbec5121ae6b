// Requests to /v1/admin/. The browser's cookie is the identity; no script can read it.

const sentences = {
  unauthenticated: "You are not signed in any more. Load the page again and sign in.",
  forbidden: "This needs a token with the role admin.",
  origin_not_allowed: "The server did not accept this page as its own. Load it again.",
  unavailable: "The database or another part of the service does not answer. Try again in a moment.",
  too_many_requests: "Too many requests at once. Try again in a moment.",
  not_found: "It does not exist any more.",
};

/** An answer that is not a success; the message is a sentence for people. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Sends a request and returns its JSON, or null for an answer without a body. */
export async function ask(path, { method = "GET", body, seconds = 20 } = {}) {
  let answer;
  try {
    answer = await fetch(`/v1/admin/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch {
    throw new Refusal("unreachable", "The server does not answer. Is the connection up? Try again in a moment.");
  }
  if (answer.status === 204) return null;
  let json = null;
  try {
    json = await answer.json();
  } catch {
    throw new Refusal("malformed", `The server's answer (${answer.status}) cannot be read. Try again in a moment.`);
  }
  if (answer.ok) return json;
  const words = sentences[json.code] ?? [json.title, json.detail].filter(Boolean).join(": ");
  throw new Refusal(json.code, words || `The server answered ${answer.status}.`);
}
