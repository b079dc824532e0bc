/**
 * What to do where the service lets nobody in: the command, the role or the setting that mends it.
 * Source: Microsoft's pages on role-based access and on signing in, and refusals as they are seen on the wire.
 * @module
 */
import type { Settings } from "./settings.js";

/** A refusal of the data plane or of the control plane. */
export interface Refusal {
  status: number | undefined;
  code: string | null | undefined;
  message: string;
}

/** What is needed to name the account and the way of signing in. */
export type AccountSettings = Pick<
  Settings,
  "subscriptionId" | "resourceGroup" | "account" | "openaiEndpoint" | "openaiScope"
> & { apiKey?: string | null };

const scopes = ["https://ai.azure.com/.default", "https://cognitiveservices.azure.com/.default"];

/** One sentence about a refusal of the data plane; undefined where access is not the trouble. */
export function dataPlaneAdvice(refusal: Refusal, settings: AccountSettings): string | undefined {
  const { status, code, message } = refusal;
  if (status === 404 && isMissingRoute(refusal))
    return `Nothing of this kind is served at ${settings.openaiEndpoint}: check AZURE_AI_PROJECT_ENDPOINT and AZURE_OPENAI_ENDPOINT in .env.`;
  if (status !== 401 && status !== 403) return undefined;
  if (isTenant(message)) return tenantAdvice;
  if (/virtual network|firewall|public access/i.test(message))
    return `The resource ${settings.account} refuses this network: allow it in the Azure portal, under Networking of the resource.`;
  if (/AuthenticationTypeDisabled|key based authentication/i.test(`${code} ${message}`))
    return 'Keys are switched off for this resource: leave AZURE_OPENAI_KEY in .env empty and run "az login".';
  if (/audience/i.test(message))
    return `The token is for another service: set AZURE_OPENAI_SCOPE=${scopes.find((scope) => scope !== settings.openaiScope)} in .env.`;
  if (isMissingRole(refusal)) return roleAdvice("Foundry User", "training", settings);
  if (settings.apiKey)
    return `The key is refused: AZURE_OPENAI_KEY in .env must be a key of ${settings.account} (Azure portal, Keys and Endpoint), or empty with "az login".`;
  return `The sign-in is refused: run "az login" with an account that has the role Foundry User on ${settings.account}.`;
}

/** One sentence about a refusal of the control plane; undefined where access is not the trouble. */
export function controlPlaneAdvice(refusal: Refusal, settings: AccountSettings): string | undefined {
  const { status, code, message } = refusal;
  if (isTenant(`${code} ${message}`)) return tenantAdvice;
  if (code === "SubscriptionNotFound" || code === "InvalidSubscriptionId")
    return `The subscription ${settings.subscriptionId} is not found: check AZURE_SUBSCRIPTION_ID in .env ("az account list" names yours).`;
  if (code === "ResourceGroupNotFound")
    return `The resource group ${settings.resourceGroup} is not found: check AZURE_RESOURCE_GROUP in .env ("az group list" names yours).`;
  if (code === "ParentResourceNotFound" || (status === 404 && /accounts\//.test(message)))
    return `The account ${settings.account} is not found: check AZURE_AOAI_ACCOUNT in .env ("az cognitiveservices account list" names yours).`;
  if (status === 403 || isMissingRole(refusal)) return roleAdvice("Foundry Owner", "deploying", settings);
  if (status === 401) return 'The sign-in is refused: run "az login" again.';
  return undefined;
}

/** One sentence about a sign-in that brought no token. */
export function signInAdvice(message: string): string {
  if (isTenant(message)) return tenantAdvice;
  if (/AADSTS(50076|50079|50158|53003)/.test(message))
    return 'Signing in to Azure needs one more proof from you: run "az login" again and follow it.';
  return 'Signing in to Azure failed: run "az login", or put a key into AZURE_OPENAI_KEY (deploying always needs a sign-in).';
}

const tenantAdvice =
  "You are signed in to another tenant than the resource's: run \"az login --tenant <the resource's tenant>\" (Azure portal, Microsoft Entra ID, Overview).";

function isTenant(message: string): boolean {
  return /AADSTS(50020|50034|90002|700016)|InvalidAuthenticationTokenTenant|tenant.*(not match|does not|wrong)|(wrong|incorrect).*tenant/i.test(
    message,
  );
}

function isMissingRole({ code, message }: Refusal): boolean {
  return /PermissionDenied|AuthorizationFailed|LinkedAuthorizationFailed|lacks the required|does not have authorization/i.test(
    `${code} ${message}`,
  );
}

/** Where something of a known kind is missing, such as a job, the service says so under another code. */
function isMissingRoute({ code, message }: Refusal): boolean {
  return (code === "404" || !code) && /resource not found|no body/i.test(message);
}

function roleAdvice(role: string, work: string, { subscriptionId, resourceGroup, account }: AccountSettings): string {
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.CognitiveServices/accounts/${account}`;
  return `You lack the role ${role}, which ${work} needs: have an owner run "az role assignment create --role '${role}' --assignee <your sign-in name> --scope ${scope}".`;
}
