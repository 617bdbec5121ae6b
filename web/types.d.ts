// The types of web/stowage.js and web/stowage-files.js, for editors and `tsc`. A site does not need to serve this file.

import type { UploadError, Uploader } from "./stowage.js";

export interface Options {
  /** A bearer token, or a function that answers one. It is called once, and again after a 401. */
  token: string | (() => string | Promise<string>);
  /** The address of Stowage, such as https://files.example.com. Default: this page's site. */
  url?: string;
  /** Who may see the file's images. Default: `private`. */
  visibility?: "private" | "premium" | "public";
  /** Replaces the file's own name. Required for a Blob. */
  filename?: string;
  /** Replaces the media type that the browser reports. */
  contentType?: string;
  /** Whether the claim has a SHA-256 digest. Default: true for files of up to 50 MB. */
  checksum?: boolean;
  /** Whether the browser keeps the upload, so that it can continue after a reload. Default: true. */
  remember?: boolean;
  /** The number of parts of one file that are sent at the same time. Default: 4. */
  parallel?: number;
  /** The milliseconds for which a step may fail without progress. Time offline does not count. Default: 600,000. */
  patience?: number;
  /** Aborts the upload. */
  signal?: AbortSignal;
  /** Called with each event `progress`. */
  onProgress?: (uploader: Uploader) => void;
  /** Called with each event `state`. */
  onState?: (uploader: Uploader) => void;
}

/** The options of `StowageFiles`. */
export interface FilesOptions {
  /** A bearer token, or a function that answers one. It is called once, and again after a 401. */
  token?: string | (() => string | Promise<string>);
  /** The address of Stowage, such as https://files.example.com. Default: this page's site. */
  url?: string;
  /** Who may see the images of new files, unless the user chooses otherwise. Default: `private`. */
  visibility?: "private" | "premium" | "public";
}

export type State = "waiting" | "uploading" | "paused" | "processing" | "ready" | "rejected" | "failed" | "aborted";

/** The detail of the event `retry`: the error, and the milliseconds until the next attempt. */
export interface Retry { error: UploadError; delay: number }

/** The file's record, as `GET /v1/files/{fileId}` answers it. */
export interface FileRecord {
  id: string;
  filename: string;
  contentType: string;
  /** Absent in records of older servers. */
  kind?: "image" | "document" | "plain";
  /** The length in bytes; absent until it is known. */
  size?: number;
  sha256?: string;
  state: string;
  /** The reason of a rejected file. */
  reason?: string;
  /** The limit that the file exceeds, in words too. */
  reasonDetail?: { limit: string; value: number; maximum: number; width?: number; height?: number; text: string };
  visibility: string;
  createdAt: string;
  readyAt?: string;
  /** When a ready file will be deleted because of its age, or when the bytes of a deleted file are removed. */
  deletesAt?: string;
  variants: Variant[];
  /** True for a document with active content that was accepted. */
  activeContent?: boolean;
}

export interface Variant { name: string; url: string; contentType: string; width: number; height: number; size: number }

/** What a sentence for people is about. */
export interface Matter {
  /** An error code of the API or of the browser modules. */
  code?: string;
  /** The HTTP status; 0 if there was no answer. */
  status?: number;
  /** The server's problem document. */
  problem?: any;
  /** The record of a file that Stowage checked. */
  record?: { state: string; reason?: string; reasonDetail?: { text: string } };
  /** The claim that the server refused. */
  claim?: { filename?: string; contentType?: string };
  /** The store's code or status. */
  answer?: string | number;
}

/** Further members of an `UploadError`. */
export interface More extends Matter {
  /** The value of Retry-After. */
  later?: string | null;
  record?: FileRecord;
  cause?: unknown;
  /** How many attempts are useful. */
  tries?: number;
}
