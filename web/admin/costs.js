import { ask } from "./api.js";
import { empty } from "./dom.js";

/** The bill of this month, its days, and the months to come. */
export async function costs() {
  const seen = await ask("costs");
  return [empty("No cost yet.", String(seen))];
}
