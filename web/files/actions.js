// The actions on files: open, download, rename, share, delete with Undo, restore, and change who can see them.

import { askName, confirmErasure } from "./dialogs.js";
import { plain } from "./elements.js";
import { share } from "./share.js";
import { words } from "./words.js";

const most = 100;

/** @param {any} app */
export const actions = (app) => {
  const { client, listing, notices } = app;
  const named = (files) => plain(files[0]?.filename ?? "");

  /** Says what failed, with the sentence of the first error. */
  const report = (errors) => {
    const [first] = errors.values();
    if (first) notices.show(errors.size > 1 ? words.someFailed(errors.size, app.sentence(first)) : app.sentence(first));
  };

  /** Takes files out of the list and of the selection; a keyboard focus in the list goes to the file in their place. */
  const keepFocus = (files, change) => {
    const index = listing.files.findIndex(({ id }) => id === files[0]?.id);
    const hadFocus = app.listHasFocus() && index >= 0;
    app.select(files.map(({ id }) => id), false);
    change();
    if (hadFocus) requestAnimationFrame(() => app.focusList(index));
  };

  /** Deletes files, at most 100 with one request. Returns those that are deleted. */
  const remove = async (files, permanent) => {
    const [gone, errors] = [/** @type {any[]} */ ([]), new Map()];
    for (let start = 0; start < files.length; start += most) {
      const some = files.slice(start, start + most);
      try {
        const { results } = await client.ask("POST", "files/delete", { ids: some.map(({ id }) => id), ...(permanent && { permanent }) });
        gone.push(...some.filter((_, index) => results[index]?.status));
      } catch (error) {
        errors.set(start, error);
      }
    }
    keepFocus(gone, () => listing.remove(gone.map(({ id }) => id)));
    report(errors);
    app.refreshUsage();
    return gone;
  };

  /** Restores files, and puts those that are ready again into the list of files. */
  const restore = async (files, isUndo) => {
    const back = /** @type {any[]} */ ([]);
    const errors = await client.each(files, async ({ id }) => back.push(await client.ask("POST", `files/${id}/restore`)));
    keepFocus(back, () => listing.put(back));
    if (back.length) notices.show(words.restored(back.length, named(back)), isUndo ? undefined : () => all.delete(back));
    report(errors);
    app.refreshUsage();
  };

  const save = (address, name) => {
    const link = Object.assign(document.createElement("a"), { href: address, download: name, rel: "noopener noreferrer" });
    link.click();
  };

  const all = {
    async download([file]) {
      save(await client.address(file.id, "attachment"), file.filename);
    },

    /** Opens the file in a new tab, at the store's own address: never on this site, and without a way back to it. */
    async open([file]) {
      const tab = window.open("about:blank", "_blank");
      if (tab) tab.opener = null;
      try {
        const address = await client.address(file.id, "inline");
        if (tab) tab.location.replace(address);
        else save(await client.address(file.id, "attachment"), file.filename);
      } catch (error) {
        tab?.close();
        throw error;
      }
    },

    async rename([file]) {
      let [problem, name] = ["", file.filename];
      for (;;) {
        const next = await askName(app, file, problem, name);
        if (next === undefined || next === file.filename) return;
        try {
          listing.put([await client.ask("PATCH", `files/${file.id}`, { filename: next })]);
          notices.show(words.renamed(plain(next)));
          return;
        } catch (error) {
          [problem, name] = [app.sentence(error), next];
        }
      }
    },

    share: async ([file]) => share(app, file),

    async delete(files) {
      const gone = await remove(files, false);
      const kept = gone.filter(({ readyAt }) => readyAt);
      const lost = gone.length - kept.length;
      const text = words.deleted(gone.length, named(gone)) + (lost ? words.lost(lost, gone.length) : "");
      if (gone.length) notices.show(text, kept.length ? () => restore(kept, true) : undefined);
    },

    restore: (files) => restore(files, false),

    async erase(files) {
      if (!(await confirmErasure(app, files))) return;
      const gone = await remove(files, true);
      if (gone.length) notices.show(words.erased(gone.length, named(gone)));
    },

    async visibility(files, visibility) {
      const changed = /** @type {any[]} */ ([]);
      const some = files.filter((file) => file.visibility !== visibility && ["pending", "received", "ready"].includes(file.state));
      const errors = await client.each(some, async ({ id }) => changed.push(await client.ask("PATCH", `files/${id}`, { visibility })));
      listing.put(changed);
      if (changed.length) notices.show(words.changed(changed.length, words[visibility]));
      report(errors);
    },
  };

  return async (kind, files, value) => {
    if (!files.length) return;
    try {
      await all[kind](files, value);
    } catch (error) {
      notices.show(app.sentence(error));
    }
  };
};
