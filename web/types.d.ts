// What web/stowage.js speaks of; for editors and for `tsc`, never shipped.

import type { UploadError, Uploader } from "./stowage.js";

export interface Options {
  /** A bearer token, or who gives one: asked at first, and again after a 401. */
  token: string | (() => string | Promise<string>);
  /** Where Stowage is, such as https://files.example.com; this page's own site unless given. */
  url?: string;
  /** Who may see the file; private unless given. */
  visibility?: "private" | "premium" | "public";
  /** In place of the file's own name; a Blob needs one. */
  filename?: string;
  /** In place of the type that the browser says. */
  contentType?: string;
  /** False: no SHA-256 goes with the claim. Files over 50 MB have none unless this is true. */
  checksum?: boolean;
  /** False: nothing is kept for going on after a reload. */
  remember?: boolean;
  /** Parts of one file on their way at once; 4 unless given. */
  parallel?: number;
  /** Milliseconds for which a step may fail without any progress, not counting those offline; 600,000 unless given. */
  patience?: number;
  /** Aborts the upload. */
  signal?: AbortSignal;
  /** Hears the event `progress`. */
  onProgress?: (uploader: Uploader) => void;
  /** Hears the event `state`. */
  onState?: (uploader: Uploader) => void;
}

export type State = "waiting" | "uploading" | "paused" | "processing" | "ready" | "rejected" | "failed" | "aborted";

/** The detail of the event `retry`: what failed, and the milliseconds until it is tried again. */
export interface Retry { error: UploadError; delay: number }

/** What `GET /v1/files/{fileId}` answers. */
export interface FileRecord {
  id: string;
  filename: string;
  contentType: string;
  size: number;
  sha256?: string;
  state: string;
  reason?: string;
  visibility: string;
  createdAt: string;
  readyAt?: string;
  variants: Variant[];
}

export interface Variant { name: string; url: string; contentType: string; width: number; height: number; size: number }

/** More about an `UploadError`. */
export interface More {
  status?: number;
  /** The value of Retry-After. */
  later?: string | null;
  problem?: any;
  record?: FileRecord;
  cause?: unknown;
  /** How often it is worth trying. */
  tries?: number;
}
