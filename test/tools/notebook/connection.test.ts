import { describe, expect, test } from "vitest";
import { decodeMessage, encodeRequest } from "../../../dist/tools/notebook/connection.js";

const framesOf = (key: string): Buffer[] =>
  ["identity", ...encodeRequest(key, "execute_request", { code: "1 + 1" }).frames].map((frame) => Buffer.from(frame));

describe("a message of the wire protocol", () => {
  test("is read back by who holds the key", () => {
    expect(decodeMessage("secret", framesOf("secret"))).toMatchObject({
      type: "execute_request",
      content: { code: "1 + 1" },
    });
  });

  test("is refused when it was signed with another key", () => {
    expect(decodeMessage("secret", framesOf("other"))).toBeUndefined();
  });

  test("is refused when its content was changed", () => {
    const frames = framesOf("secret");
    frames[frames.length - 1] = Buffer.from('{"code":"2 + 2"}');
    expect(decodeMessage("secret", frames)).toBeUndefined();
  });
});
