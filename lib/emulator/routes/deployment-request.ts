/**
 * The body of a deployment: its form, and whether what it names exists.
 * @module
 */
import { z } from "zod";
import type { Deployment } from "../../service/deployments.js";
import { findWeights } from "../state/models.js";
import type { DeploymentRecord, State } from "../state/state.js";
import { parseRequest } from "./parse.js";
import { ServiceError } from "./service-error.js";

/** The kinds of deployment, in the spelling of Azure Resource Manager, which compares them without case. */
export const skus = ["Standard", "GlobalStandard", "DataZoneStandard", "DeveloperTier"];

const deploymentBody = z.object({
  sku: z.object({ name: z.string(), capacity: z.int().min(1) }),
  properties: z.object({
    model: z.object({ format: z.string(), name: z.string(), version: z.string() }),
    versionUpgradeOption: z.string().optional(),
  }),
});

/**
 * The deployment under `name`, `Creating`. Throws an invalid-parameter error, `InvalidResourceProperties` for a kind that the
 * emulator does not have, and `DeploymentModelNotSupported` for a model that does not exist.
 */
export function checkDeployment(state: State, name: string, body: unknown): DeploymentRecord {
  const { sku, properties } = parseRequest(deploymentBody, body);
  const kind = skus.find((one) => one.toLowerCase() === sku.name.toLowerCase());
  if (!kind) {
    const message = `The specified SKU '${sku.name}' of account deployment is not supported. Use ${skus.join(", ")}.`;
    throw new ServiceError(400, "InvalidResourceProperties", message);
  }
  checkModel(state, properties.model);
  return {
    name,
    sku: { ...sku, name: kind },
    properties: { ...properties, provisioningState: "Creating" },
  };
}

function checkModel(state: State, { format, name, version }: Deployment["properties"]["model"]): void {
  const found = findWeights(state, name);
  // What was fine-tuned has the version 1; a base model has that of its release.
  const isVersion = found?.file === null ? /^(1|\d{4}-\d{2}-\d{2})$/.test(version) : version === "1";
  if (found && isVersion) return;
  const model = `'Format: ${format}, Name: ${name}, Version: ${version}'`;
  throw new ServiceError(
    400,
    "DeploymentModelNotSupported",
    `The model ${model} of account deployment is not supported.`,
  );
}
