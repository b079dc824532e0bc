/**
 * The last line of defence for secrets: nothing that holds one is written.
 * @module
 */
import { readDotenv } from "../../connect/settings.js";
import { ConfigurationError } from "../../util/errors.js";
import { escapeHtml } from "../../util/escape.js";

const secretName = /(KEY|SECRET|TOKEN|PASSWORD)$/i;
/** Shorter values, such as "none", stand in many a text by chance. */
const shortestSecret = 8;

/**
 * Throws a `ConfigurationError` if one of `texts` holds the value of a secret setting, as it is or escaped
 * for JSON or HTML. The error names the setting, not the value.
 */
export function refuseSecrets(
  texts: readonly string[],
  settings: Record<string, string | undefined> = { ...process.env, ...readDotenv() },
): void {
  for (const [name, setting = ""] of Object.entries(settings)) {
    const value = setting.trim();
    if (!secretName.test(name) || value.length < shortestSecret) continue;
    const forms = [value, JSON.stringify(value).slice(1, -1), escapeHtml(value)];
    if (texts.some((text) => forms.some((form) => text.includes(form))))
      throw new ConfigurationError(
        `The outputs hold the value of ${name}, so they are not written. Take what prints it out of the notebook, and make a new key.`,
      );
  }
}
