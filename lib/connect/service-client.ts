/**
 * The SDK's client, whose refusals say what to do and hold no key.
 * @module
 */
import { inspect } from "node:util";
import OpenAI, { type APIError, type ClientOptions } from "openai";
import { UserError } from "../util/errors.js";
import { type AccountSettings, dataPlaneAdvice } from "./access-advice.js";

/** A client of the data plane. What it throws is the SDK's, with advice in front where access is the trouble. */
export class ServiceClient extends OpenAI {
  readonly #account: AccountSettings;

  constructor(options: ClientOptions, account: AccountSettings) {
    super(options);
    this.#account = account;
  }

  /** The SDK wraps what signing in throws; the sentence for people is inside. */
  override async _callApiKey(): Promise<boolean> {
    try {
      return await super._callApiKey();
    } catch (error) {
      throw error instanceof Error && error.cause instanceof UserError ? error.cause : error;
    }
  }

  protected override makeStatusError(
    status: number,
    error: object,
    message: string | undefined,
    headers: Headers,
  ): APIError {
    const body = JSON.parse(this.#withoutKey(JSON.stringify(error ?? null))) as object;
    const refusal = super.makeStatusError(status, body, message && this.#withoutKey(message), headers);
    const advice = dataPlaneAdvice({ status, code: refusal.code, message: refusal.message }, this.#account);
    if (advice) refusal.message = `${advice}\n(The service says: ${refusal.message})`;
    return Object.defineProperty(refusal, inspect.custom, { value: () => `${refusal.name}: ${refusal.message}` });
  }

  #withoutKey(text: string): string {
    return this.apiKey ? text.replaceAll(this.apiKey, "***") : text;
  }
}
