// The dialog with the links to a file: makes one, copies it at once, lists them, and revokes them.

import { dialog } from "./dialogs.js";
import { button, choice, make, plain } from "./elements.js";
import { words } from "./words.js";

/** True for files that a browser shows. */
export const isShowable = ({ contentType }) => contentType === "application/pdf" || (contentType.startsWith("image/") && !/hei[cf]/.test(contentType));

/** Opens the dialog of a file's links. */
export function share(app, file) {
  const lifetimes = /** @type {[string, string][]} */ ([["3600", words.hour], ["86400", words.day], ["604800", words.week], ["2592000", words.month]]);
  const lifetime = choice("field", words.lifetime, lifetimes, "604800", undefined);
  const manner = choice("field", words.manner, [["attachment", words.saves], ["inline", words.shows]], "attachment", undefined);
  const said = make("p", { className: "said", role: "status" });
  const [address, list] = [make("div"), make("ul", { className: "links" })];
  const none = make("p", { className: "hint", hidden: true }, words.noLinks);

  const add = async () => {
    copy.disabled = true;
    said.textContent = "";
    address.replaceChildren();
    try {
      const terms = { expiresInSeconds: Number(lifetime.value), disposition: isShowable(file) ? manner.value : "attachment" };
      const { url } = await app.client.ask("POST", `files/${file.id}/links`, terms, { once: true });
      const isCopied = await navigator.clipboard?.writeText(url).then(() => true, () => false);
      const field = make("input", { type: "text", className: "field address", readOnly: true, value: url, "aria-label": words.link });
      address.replaceChildren(field);
      said.textContent = isCopied ? words.copied : words.copyByHand;
      if (!isCopied) field.select();
      await show();
    } catch (error) {
      said.textContent = app.sentence(error);
    }
    copy.disabled = false;
    if (!frame.contains(app.shadowRoot.activeElement)) copy.focus();
  };

  const revoke = async (link) => {
    try {
      await app.client.ask("DELETE", `files/${file.id}/links/${link.id}`);
      said.textContent = words.revoked;
      address.replaceChildren();
      await show();
    } catch (error) {
      said.textContent = app.sentence(error);
    }
    if (frame.open && !frame.contains(app.shadowRoot.activeElement)) copy.focus();
  };

  const show = async () => {
    const { links } = await app.client.ask("GET", `files/${file.id}/links`);
    none.hidden = links.length > 0;
    list.replaceChildren(...links.reverse().map((link) => {
      const text = words.linkUntil(words.moment(new Date(link.createdAt)), words.moment(new Date(link.expiresAt)));
      return make("li", {}, make("span", {}, text), button("revoke", words.revoke, () => revoke(link), "", { "aria-label": `${words.revoke}: ${text}` }));
    }));
  };

  const copy = button("primary copy", words.copyLink, add);
  const label = (text, field) => make("label", {}, make("span", {}, text), field);
  const frame = dialog(app, "small share-dialog", words.shareTitle(plain(file.filename)), [
    make("p", { className: "hint" }, words.shareHint),
    label(words.lifetime, lifetime), ...(isShowable(file) ? [label(words.manner, manner)] : []),
    make("div", { className: "buttons" }, copy), said, address,
    make("h3", {}, words.links), none, list,
  ]);
  copy.focus();
  show().catch((error) => (said.textContent = app.sentence(error)));
}
