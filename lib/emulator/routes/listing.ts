/**
 * Lists a page at a time.
 * @module
 */
import { z } from "zod";
import type { ListPage } from "../../service/envelope.js";
import { invalidParameter } from "./service-error.js";

/** The query of every list: `after` is the id of the last element seen, `limit` the length of a page (20 unless told). */
export const pageQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(20),
});

/** The query of a list that can be turned round: newest first unless `order` is `asc`. */
export const orderedPageQuery = pageQuery.extend({ order: z.enum(["asc", "desc"]).default("desc") });

/** The page of `elements` that follows `after`. Throws an invalid-parameter error where no element has that id. */
export function pageOf<T extends { id: string }>(
  elements: readonly T[],
  { after, limit }: z.infer<typeof pageQuery>,
): ListPage<T> {
  const previous = elements.findIndex(({ id }) => id === after);
  if (after !== undefined && previous < 0)
    throw invalidParameter("after", `No element of this list has the id '${after}'.`);
  const data = elements.slice(previous + 1, previous + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: previous + 1 + limit < elements.length,
  };
}
