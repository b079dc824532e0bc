/**
 * The control plane (Azure Resource Manager): deployments as long-running operations, and the capacity that
 * is left for them. The emulator is one account, whatever subscription, resource group and account a request
 * names.
 * @module
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { armOrigin, type Deployment, type ProvisioningState } from "../../service/wire.js";
import type { AnswerContext } from "../answering/answering.js";
import type { Inference } from "../answering/inference.js";
import type { Faults } from "../faults/faults.js";
import { armErrorEnvelope, asServiceError, parseRequest, ServiceError } from "../protocol.js";
import { findWeights, weightsDigest } from "../state/models.js";
import { resumeOperations, startOperation } from "../state/operations.js";
import { availableCapacity, checkDeploymentQuota, insufficientQuota } from "../state/quotas.js";
import type { DeploymentRecord, OperationRecord, State } from "../state/state.js";

const provider = "/providers/Microsoft.CognitiveServices";
const deploymentsPath = `/subscriptions/:subscription/resourceGroups/:group${provider}/accounts/:account/deployments`;

type OneDeployment = { Params: { subscription: string; name: string } };

/** The kinds of deployment, in the spelling of Azure Resource Manager, which compares them without case. */
const skus = ["Standard", "GlobalStandard", "DataZoneStandard", "DeveloperTier"];

const deploymentBody = z.object({
  sku: z.object({ name: z.string(), capacity: z.int().min(1) }),
  properties: z.object({
    model: z.object({ format: z.string(), name: z.string(), version: z.string() }),
    versionUpgradeOption: z.string().optional(),
  }),
});

const capacityQuery = z.object({ modelFormat: z.string(), modelName: z.string(), modelVersion: z.string() });

/** What the control plane works on. */
export interface ControlPlane extends AnswerContext {
  faults: Faults;
}

/**
 * Adds the routes at the root of `app`, and resumes the operations that the end of the process interrupted. A
 * deployment is `Creating` until `inference` has loaded its model.
 */
export function deploymentRoutes(app: FastifyInstance, control: ControlPlane): void {
  const { state, inference } = control;
  app.setErrorHandler((error, _request, reply) => {
    const refusal = asServiceError(error);
    return reply.status(refusal.status).send(armErrorEnvelope(refusal));
  });
  resumeOperations(state, ({ action, deployment }) =>
    action === "create" ? finishCreation(state, inference, deployment) : remove(state, deployment),
  );
  routesThatRead(app, state);
  routesThatChange(app, control);
}

function routesThatRead(app: FastifyInstance, state: State): void {
  app.get<OneDeployment>(`${deploymentsPath}/:name`, async (request) => {
    const deployment = state.deployments.get(request.params.name.toLowerCase());
    if (!deployment)
      throw new ServiceError(404, "ResourceNotFound", `There is no deployment '${request.params.name}'.`);
    return withId(request, deployment);
  });

  app.get(deploymentsPath, async (request) => ({
    value: state.deployments.newestFirst().map((deployment) => withId(request, deployment)),
  }));

  app.get<{ Params: { operation: string } }>(
    `/subscriptions/:subscription${provider}/locations/local/operations/:operation`,
    async ({ params, url }) => {
      const operation = state.operations.get(params.operation);
      if (!operation) throw new ServiceError(404, "ResourceNotFound", `There is no operation '${params.operation}'.`);
      return describeOperation(operation, pathOf(url));
    },
  );

  app.get(`/subscriptions/:subscription${provider}/modelCapacities`, async ({ url, query }) => ({
    value: capacities(state, pathOf(url).replace("/modelCapacities", ""), parseRequest(capacityQuery, query)),
  }));
}

function routesThatChange(app: FastifyInstance, { state, inference, readiness, faults }: ControlPlane): void {
  app.put<OneDeployment>(`${deploymentsPath}/:name`, async (request, reply) => {
    const { name } = request.params;
    const deployment = checkDeployment(state, name, request.body);
    if (faults.of(request, "insufficient_quota")) throw insufficientQuota(deployment, 0);
    checkDeploymentQuota(state, deployment);
    const existing = state.deployments.get(name.toLowerCase());
    refuseWhileBusy(state, name);
    readiness.delay(name, faults.of(request, "deployment_not_ready")?.calls ?? 0);
    const fails = faults.of(request, "deployment_fails") !== undefined;
    const operation = await startOperation(state, {
      action: "create",
      deployment: name,
      begin: () => state.deployments.put(deployment),
      work: () => (fails ? put(state, deployment, "Failed") : finishCreation(state, inference, name)),
    });
    announce(operation, request, reply);
    return reply.status(existing ? 200 : 201).send(withId(request, deployment));
  });

  app.delete<OneDeployment>(`${deploymentsPath}/:name`, async (request, reply) => {
    const { name } = request.params;
    const existing = state.deployments.get(name.toLowerCase());
    if (!existing) return reply.status(204).send();
    refuseWhileBusy(state, name);
    const operation = await startOperation(state, {
      action: "delete",
      deployment: name,
      begin: () => put(state, existing, "Deleting"),
      work: () => remove(state, name),
    });
    announce(operation, request, reply);
    return reply.status(202).send();
  });
}

/**
 * The deployment under `name`, `Creating`. Throws an invalid-parameter error, `InvalidResourceProperties` for
 * a kind that the emulator does not have, `DeploymentModelNotSupported` for a model that does not exist, and a
 * `DataError` if its weights are damaged.
 */
function checkDeployment(state: State, name: string, body: unknown): DeploymentRecord {
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
  if (found && isVersion) return void weightsDigest(found);
  const model = `'Format: ${format}, Name: ${name}, Version: ${version}'`;
  throw new ServiceError(
    400,
    "DeploymentModelNotSupported",
    `The model ${model} of account deployment is not supported.`,
  );
}

function refuseWhileBusy({ operations }: State, name: string): void {
  const busy = operations
    .newestFirst()
    .some(({ deployment, status }) => status === "InProgress" && deployment.toLowerCase() === name.toLowerCase());
  if (busy) throw new ServiceError(409, "RequestConflict", `Another operation on '${name}' is under way.`);
}

async function finishCreation(state: State, inference: Inference, name: string): Promise<void> {
  const deployment = state.deployments.get(name.toLowerCase());
  if (!deployment) return;
  const weights = findWeights(state, deployment.properties.model.name);
  await put(state, deployment, weights && inference.canLoad(weights) ? "Succeeded" : "Failed");
}

function remove({ deployments }: State, name: string): Promise<void> {
  return deployments.delete(name.toLowerCase());
}

/** Tells the client where to ask for the operation, and that it may do so at once. */
function announce(operation: string, { params }: FastifyRequest<OneDeployment>, reply: FastifyReply): void {
  const path = `/subscriptions/${params.subscription}${provider}/locations/local/operations/${operation}`;
  const url = `${armOrigin}${path}?api-version=2025-09-01`;
  reply.header("azure-asyncoperation", url).header("retry-after", 0);
}

function describeOperation({ id: name, status }: OperationRecord, id: string): object {
  const error = { code: "InternalServerError", message: "The operation failed." };
  return { id, name, status, ...(status === "Failed" ? { error } : {}) };
}

/** What may still be deployed of a model: one entry for each kind of deployment. */
function capacities(state: State, parent: string, query: z.infer<typeof capacityQuery>): object[] {
  const { modelFormat: format, modelName: name, modelVersion: version } = query;
  const available = availableCapacity(state, name);
  return skus.map((skuName) => ({
    id: `${parent}/locations/local/models/${format}.${name}.${version}/skuCapacities/${skuName}`,
    type: "Microsoft.CognitiveServices/locations/models/skuCapacities",
    name: skuName,
    location: "local",
    properties: {
      model: { format, name, version },
      skuName,
      availableCapacity: available,
      availableFinetuneCapacity: available,
    },
  }));
}

function put(
  { deployments }: State,
  deployment: DeploymentRecord,
  provisioningState: ProvisioningState,
): Promise<void> {
  return deployments.put({ ...deployment, properties: { ...deployment.properties, provisioningState } });
}

function withId({ url }: FastifyRequest, deployment: DeploymentRecord): Deployment {
  const collection = pathOf(url).replace(/\/deployments(\/[^/]*)?$/, "/deployments");
  return { id: `${collection}/${deployment.name}`, ...deployment };
}

function pathOf(url: string): string {
  return new URL(url, armOrigin).pathname;
}
