/**
 * Files as the service describes them. Source: Azure OpenAI v1 reference, "Files".
 * @module
 */

/** `processed`, `error` and `deleted` are final. Azure starts at `pending`; OpenAI's SDK types lack `pending` and `running`. */
export type FileStatus = "uploaded" | "pending" | "running" | "processed" | "error" | "deleting" | "deleted";

/** An uploaded or service-made file. Times are Unix seconds, sizes bytes. */
export interface FileObject {
  id: string;
  object: "file";
  bytes: number;
  created_at: number;
  expires_at?: number;
  filename: string;
  purpose: "fine-tune" | "fine-tune-results" | (string & {});
  status: FileStatus;
  /** Deprecated in the reference, yet the only place that says why a file ended in `error`. */
  status_details: string | null;
}

/** The answer to deleting a file. */
export interface FileDeleted {
  id: string;
  object: "file";
  deleted: true;
}
