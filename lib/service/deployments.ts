/**
 * Deployments on the control plane (Azure Resource Manager, api-version 2025-09-01).
 * @module
 */

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
