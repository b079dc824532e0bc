import { expect, test } from "vitest";
import { controlPlaneAdvice, dataPlaneAdvice, signInAdvice } from "../../dist/connect/access-advice.js";

const account = {
  subscriptionId: "sub-1",
  resourceGroup: "group-1",
  account: "res-1",
  openaiEndpoint: "https://res-1.openai.azure.com/openai/v1/",
  openaiScope: "https://ai.azure.com/.default",
  apiKey: null,
};
const keyed = { ...account, apiKey: "key" };
const roleCommand =
  /az role assignment create --role 'Foundry (User|Owner)' .*--scope \/subscriptions\/sub-1\/resourceGroups\/group-1\/providers\/Microsoft\.CognitiveServices\/accounts\/res-1/;

test.each([
  [
    "a missing role",
    account,
    401,
    "PermissionDenied",
    "The principal `x` lacks the required data action `y`.",
    roleCommand,
  ],
  [
    "a wrong key",
    keyed,
    401,
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint.",
    /AZURE_OPENAI_KEY in \.env must be a key of res-1/,
  ],
  [
    "keys that are switched off",
    keyed,
    403,
    "AuthenticationTypeDisabled",
    "Key based authentication is disabled.",
    /AZURE_OPENAI_KEY in \.env empty and run "az login"/,
  ],
  [
    "another audience",
    account,
    401,
    "401",
    "The audience is incorrect.",
    /AZURE_OPENAI_SCOPE=https:\/\/cognitiveservices\.azure\.com\/\.default/,
  ],
  ["another tenant", account, 401, "401", "Token tenant a does not match resource tenant.", /az login --tenant/],
  ["a closed network", account, 403, "403", "Access denied due to Virtual Network/Firewall rules.", /under Networking/],
  [
    "a sign-in of nobody known",
    account,
    401,
    "401",
    "Unauthorized",
    /run "az login" with an account that has the role Foundry User/,
  ],
  [
    "a wrong endpoint",
    account,
    404,
    "404",
    "404 Resource not found",
    /served at https:\/\/res-1.*AZURE_OPENAI_ENDPOINT/,
  ],
] as const)("makes one sentence with the remedy of %s", (_what, settings, status, code, message, remedy) => {
  const advice = dataPlaneAdvice({ status, code, message }, settings);
  expect(advice).toMatch(remedy);
  expect(advice).not.toContain("\n");
});

test.each([
  [
    "a missing role",
    403,
    "AuthorizationFailed",
    "The client does not have authorization to perform action.",
    roleCommand,
  ],
  [
    "another tenant",
    401,
    "InvalidAuthenticationTokenTenant",
    "The access token is from the wrong issuer.",
    /az login --tenant/,
  ],
  ["an old sign-in", 401, "ExpiredAuthenticationToken", "The access token expiry is wrong.", /run "az login" again/],
  ["an unknown subscription", 404, "SubscriptionNotFound", "none", /AZURE_SUBSCRIPTION_ID/],
  ["an unknown group", 404, "ResourceGroupNotFound", "none", /AZURE_RESOURCE_GROUP/],
  ["an unknown account", 404, "ParentResourceNotFound", "none", /AZURE_AOAI_ACCOUNT/],
] as const)("does so for %s on the control plane", (_what, status, code, message, remedy) => {
  const advice = controlPlaneAdvice({ status, code, message }, account);
  expect(advice).toMatch(remedy);
  expect(advice).not.toContain("\n");
});

test("has nothing to say where access is not the trouble", () => {
  const missingJob = { status: 404, code: "notFound", message: "There is no fine-tuning job with the id 'x'." };
  expect(dataPlaneAdvice(missingJob, account)).toBeUndefined();
  expect(dataPlaneAdvice({ status: 400, code: "invalid_value", message: "tenant does not" }, account)).toBeUndefined();
  expect(controlPlaneAdvice({ status: 409, code: "RequestConflict", message: "wait" }, account)).toBeUndefined();
});

test.each([
  ["CredentialUnavailableError: Please run 'az login'", /run "az login", or put a key/],
  ["AADSTS50020: User account does not exist in tenant 'Other'", /az login --tenant/],
  ["AADSTS50076: you must use multi-factor authentication", /one more proof/],
])("reads from %s what signing in needs", (message, advice) => {
  expect(signInAdvice(message)).toMatch(advice);
});
