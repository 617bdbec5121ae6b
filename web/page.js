// The files page: web/stowage-files.js with the token of the site's own session.json.

import "./stowage-files.js";

const files = /** @type {import("./stowage-files.js").StowageFiles} */ (document.querySelector("stowage-files"));

/** Gets a token from the site. The module calls this again when the token has expired. */
files.token = async () => {
  const answer = await fetch("session.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("The site has no session.json.");
  return (await answer.json()).token;
};
