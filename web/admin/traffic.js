import { ask } from "./api.js";
import { empty } from "./dom.js";

/** Uploads, rejections and times by day. */
export async function traffic() {
  const seen = await ask("traffic?days=30");
  return [empty("No traffic yet.", String(seen))];
}
