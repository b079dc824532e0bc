/**
 * What both sides of the wire send, whatever it is about: headers, pages, errors, files and deployments. Jobs
 * and graders have modules of their own. Source: Azure OpenAI v1 reference ("Files"); Azure Resource Manager,
 * api-version 2025-09-01 (deployments).
 * @module
 */

/**
 * With the value `greedy` the model takes its likeliest token each time, and the reply repeats the header.
 * Only the local emulator knows this header and the next one.
 */
export const decodingHeader = "x-nano-decoding";

/**
 * Which answer to a prompt is wanted, counted from 0: asked again for the same one, the emulator's model
 * draws it again.
 */
export const sampleHeader = "x-nano-sample";

/**
 * The https origin under which the Azure SDK knows the local control plane, because it refuses to send a
 * token over plain http. The client's http layer sends requests for it to the emulator; replies that name a
 * URL name this origin.
 */
export const armOrigin = "https://arm.local.invalid";

/**
 * One page of a list; the next one is asked for with `after=<id of the last element>` while `has_more` holds.
 */
export interface ListPage<T> {
  object: "list";
  data: T[];
  first_id?: string | null;
  last_id?: string | null;
  has_more: boolean;
}

/** The error body of the v1 data plane. Clients decide on the HTTP status and on `code`, never on the text. */
export interface ErrorEnvelope {
  error: { message: string; type: string; param: string | null; code: string | null };
}

/** The error body of the control plane (Azure Resource Manager). */
export interface ArmErrorEnvelope {
  error: { code: string; message: string };
}

/**
 * `processed`, `error` and `deleted` are final. Azure starts at `pending`; OpenAI's SDK types lack `pending`
 * and `running`.
 */
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

/** States of a deployment; `Succeeded`, `Failed`, `Canceled` and `Disabled` are final. */
export type ProvisioningState =
  | "Accepted"
  | "Creating"
  | "Deleting"
  | "Moving"
  | "Failed"
  | "Succeeded"
  | "Disabled"
  | "Canceled";

/** The deployment of a model. `capacity` 1 is about one request a minute. */
export interface Deployment {
  id?: string;
  name?: string;
  sku: { name: string; capacity: number };
  properties: {
    model: { format: string; name: string; version: string };
    versionUpgradeOption?: string;
    provisioningState?: ProvisioningState;
  };
}
