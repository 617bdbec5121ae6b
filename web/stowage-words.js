// The errors of stowage.js and stowage-uppy.js, and the sentences that tell people why a file was not uploaded.
// A page translates or replaces a sentence: Object.assign(sentences, { malware: "…" }).

/**
 * The sentences by reason of a refused file, error code of the API, and error code of the browser modules.
 *
 * A value is a text, or a function of the `Matter`.
 *
 * @type {Record<string, string | ((matter: import("./types").Matter) => string)>}
 */
export const sentences = {
  // Reasons for which Stowage rejects a file after the upload.
  size_mismatch: "The file does not have the announced size. Try again.",
  checksum_mismatch: "The file changed on its way. Try again.",
  type_mismatch: "The content is not of the type that the file name says.",
  malware: "The virus scanner found malware in the file.",
  dimensions_exceeded: ({ record }) => sum("The picture is larger than allowed.", record?.reasonDetail?.text),
  macros: "The document contains macros. Save it without macros.",
  encrypted: "The document needs a password. Save it without one.",
  active_content: "The document would run a program when it is opened.",
  decompression_bomb: "The document unpacks to more data than allowed.",
  malformed_archive: "The document is not packed as its format requires. Open it and save it again.",
  unreadable: "The file is damaged.",
  not_scannable: "The file is too large for the virus scanner.",

  // Error codes of the API.
  type_not_allowed: (matter) => wrongType(matter),
  too_large: ({ problem }) => `The file is larger than ${/[Aa]t most ([\d.,]+ \w+)/.exec(problem?.detail)?.[1] ?? "allowed"}.`,
  quota_exceeded: ({ problem }) => left(problem?.detail),
  too_many_uploads: "Too many uploads are under way. Finish or cancel one.",
  invalid_request: ({ problem }) => invalid(problem?.detail),
  encoding_not_allowed: "The server does not understand this page.",
  body_too_large: "The request is too large.",
  uri_too_long: "The request is too long.",
  unknown_host: "The address of the server is wrong.",
  unauthenticated: "You are not signed in any more. Sign in again.",
  forbidden: "You are not allowed to do this.",
  origin_not_allowed: "This page is not allowed to upload.",
  cookies_needed: "You are not allowed to see this picture.",
  not_found: "The file does not exist any more.",
  gone: "The file cannot be restored any more.",
  upload_closed: "This upload is over. Start it again.",
  parts_missing: "Some of the file did not arrive. Try again.",
  wrong_state: "The file is not in a state that allows this.",
  precondition_failed: "The file was changed elsewhere in the meantime.",
  too_many_links: "The file has too many links. Revoke one.",
  invalid_range: "This piece of the file does not exist.",
  method_not_allowed: "The server does not understand this page.",
  request_timeout: "The connection is too slow. Try again.",
  too_many_requests: "Too many requests at once. Try again in a minute.",
  processing: "The picture is being prepared. Try again shortly.",
  unavailable: "The server is busy. Try again shortly.",
  internal: "Something went wrong on the server. Try again.",

  // Error codes of the browser modules, and what Uppy shows while a file is checked.
  checking: "Checking the file",
  empty_file: "The file is empty.",
  file_unreadable: "The file was changed or removed on the disk.",
  other_file: "This is another file. Choose the one that the upload began with.",
  no_token: "This page is not signed in.",
  unreachable: "The server cannot be reached. Try again.",
  store_refused: ({ answer }) => `The storage refused the file (${answer}). Try again.`,
  unchecked: "The file is sent, but not checked yet. Try again to see the result.",
  aborted: "The upload was cancelled.",
  expired: "The upload took too long. Try again.",
  deleted: "The file was deleted in the meantime.",
  rejected: "The file was refused.",
  unexpected: "Something went wrong. Try again.",
};

/** The names of media types. A type without a name is called by the end of its media type, such as `MP4`. */
export const typeNames = {
  "image/jpeg": "JPEG",
  "image/webp": "WebP",
  "application/pdf": "PDF",
  "application/msword": "Word",
  "application/vnd.ms-excel": "Excel",
  "application/vnd.ms-powerpoint": "PowerPoint",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
  "application/vnd.oasis.opendocument.text": "OpenDocument",
  "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument",
  "application/vnd.oasis.opendocument.presentation": "OpenDocument",
  "text/plain": "text",
  "audio/mpeg": "MP3",
};
const photos = ["JPEG", "PNG", "WebP", "GIF"];
const office = ["Word", "Excel", "PowerPoint", "OpenDocument"];

/** Returns the sentence for a matter: the one of its reason, otherwise the one of its code. @param {import("./types").Matter} matter */
export function explain(matter) {
  const { code, record, problem, status = 0 } = matter;
  const state = record?.state.startsWith("purg") ? "deleted" : record?.state;
  const name = [record?.reason, code, state].find((one) => one && Object.hasOwn(sentences, one));
  const sentence = name && sentences[name];
  if (sentence) return typeof sentence === "function" ? sentence(matter) : sentence;
  if (problem?.title) return `${problem.title}.`;
  return status > 0 ? `The server answered ${status}.` : explain({ code: "unexpected" });
}

/** The error of an upload: `code` is stable, `message` is a sentence for people, `problem` is the server's problem document. */
export class UploadError extends Error {
  /** @param {string} code @param {import("./types").More} more */
  constructor(code, { status = -1, problem, record, cause, later, tries = 1, ...matter } = {}) {
    super(explain({ ...matter, code, status, problem, record }), { cause });
    this.code = code;
    this.detail = /** @type {string | undefined} */ (problem?.detail);
    this.reason = record?.reason;
    this.record = record;
    this.status = status;
    this.problem = problem;
    // How many attempts are useful (temporary errors: any number), and how long to wait. Retry-After has seconds or a date.
    this.tries = status === 0 || status === 408 || status === 429 || status >= 500 ? Infinity : tries;
    this.wait = Math.max(0, Number(later) * 1000 || Date.parse(later ?? "") - Date.now() || 0);
  }
}

const sum = (sentence, more) => (more ? `${sentence} ${more.replace(/\.?$/, ".")}` : sentence);

/** Returns the number of bytes in words. 1 MB is 1,048,576 bytes. */
export function size(bytes) {
  if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} kB` : `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** The sentence about a quota, with the bytes that are left, from the server's detail. */
function left(detail) {
  const bytes = Number(/^(\d+) bytes/.exec(detail ?? "")?.[1] ?? 0);
  return bytes ? `Your storage has only ${size(bytes)} left.` : "Your storage is full.";
}

/** A claim that the server cannot read is most often about the file's name. */
function invalid(detail = "") {
  const words = detail.replace(/^\w+: /, "").replace(/\.$/, "");
  if (detail.startsWith("filename")) return `This file name cannot be used: it ${words}.`;
  return words ? `The server refused the request: ${words}.` : "The server refused the request.";
}

const nameOf = (type) => typeNames[type] ?? type.replace(/^.*\/(x-|vnd\.)?/, "").replace(/\+.*$/, "").toUpperCase();
const listed = (names) => names.join(", ").replace(/, ([^,]*)$/, " and $1");

/** Says which types are accepted: of a picture's, pictures only; otherwise the kinds of files, as short as possible. */
function wrongType(/** @type {import("./types").Matter} */ { problem, claim }) {
  const accepted = /** @type {string[]} */ (problem?.accepted ?? []);
  const [type, name] = [(claim?.contentType ?? "").toLowerCase().split(";")[0].trim(), claim?.filename ?? ""];
  const ending = /\.([^.\s]{1,8})$/.exec(name)?.[1]?.toUpperCase();
  if (accepted.includes(type)) return `The file's name does not fit its type, which is ${nameOf(type)}.`;
  let names = [...new Set(accepted.map(nameOf))];
  const isPicture = type.startsWith("image/") || /^(HEIC|HEIF|AVIF|JXL|TIFF?|BMP|SVG|ICO|PSD|DNG|RAW)$/.test(ending ?? "");
  if (isPicture && accepted.some((one) => one.startsWith("image/"))) {
    const pictures = [...new Set(accepted.filter((one) => one.startsWith("image/")).map(nameOf))];
    return `Pictures of the type ${type ? nameOf(type) : ending} are not accepted, only ${listed(pictures)}.`;
  }
  for (const [kind, members] of /** @type {[string, string[]][]} */ ([["photos", photos], ["office documents", office]])) {
    if (!members.every((one) => names.includes(one))) continue;
    names = names.map((one) => (one === members[0] ? kind : one)).filter((one) => !members.includes(one));
    if (kind === "photos") names = names.filter((one) => !["HEIC", "HEIF", "AVIF"].includes(one));
  }
  if (!names.length) return "Files of this type are not accepted.";
  return `Only ${listed(names)} ${names.length > 1 || names[0].endsWith("s") ? "are" : "is"} accepted.`;
}
