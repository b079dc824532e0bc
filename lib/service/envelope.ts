/**
 * The two envelopes around everything on the wire: a page of a list, and an error.
 * @module
 */

/** One page of a list; the next one is asked for with `after=<id of the last element>` while `has_more` holds. */
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
