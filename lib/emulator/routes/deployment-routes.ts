/**
 * The control plane (Azure Resource Manager): deployments as long-running operations.
 * The emulator is one account, whatever subscription, resource group and account a request names.
 * @module
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Deployment, ProvisioningState } from "../../service/deployments.js";
import type { Inference } from "../answering/inference.js";
import type { Readiness } from "../answering/readiness.js";
import type { Faults } from "../faults/faults.js";
import { findWeights } from "../state/models.js";
import { resumeOperations, startOperation } from "../state/operations.js";
import { checkDeploymentQuota, insufficientQuota } from "../state/quotas.js";
import type { DeploymentRecord, OperationRecord, State } from "../state/state.js";
import { armOrigin } from "./access.js";
import { capacityRoutes } from "./capacity-routes.js";
import { checkDeployment } from "./deployment-request.js";
import { armErrorEnvelope, asServiceError, ServiceError } from "./service-error.js";

const account =
  "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.CognitiveServices/accounts/:account";

type OneDeployment = { Params: { subscription: string; name: string } };

/** What the control plane works on. */
export interface ControlPlane {
  state: State;
  inference: Inference;
  readiness: Readiness;
  faults: Faults;
}

/**
 * Adds the routes at the root of `app`, and takes up the operations that the end of the process interrupted. A deployment is
 * `Creating` until `inference` has loaded its model.
 */
export function deploymentRoutes(app: FastifyInstance, { state, inference, readiness, faults }: ControlPlane): void {
  app.setErrorHandler((error, _request, reply) => {
    const refusal = asServiceError(error);
    return reply.status(refusal.status).send(armErrorEnvelope(refusal));
  });

  capacityRoutes(app, state);
  resumeOperations(state, ({ action, deployment }) =>
    action === "create" ? finishCreation(state, inference, deployment) : remove(state, deployment),
  );

  app.put<OneDeployment>(`${account}/deployments/:name`, async (request, reply) => {
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

  app.get<OneDeployment>(`${account}/deployments/:name`, async (request) => {
    const deployment = state.deployments.get(request.params.name.toLowerCase());
    if (!deployment)
      throw new ServiceError(404, "ResourceNotFound", `There is no deployment '${request.params.name}'.`);
    return withId(request, deployment);
  });

  app.get(`${account}/deployments`, async (request) => ({
    value: state.deployments.newestFirst().map((deployment) => withId(request, deployment)),
  }));

  app.delete<OneDeployment>(`${account}/deployments/:name`, async (request, reply) => {
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

  app.get<{ Params: { operation: string } }>(
    "/subscriptions/:subscription/providers/Microsoft.CognitiveServices/locations/local/operations/:operation",
    async ({ params, url }) => {
      const operation = state.operations.get(params.operation);
      if (!operation) throw new ServiceError(404, "ResourceNotFound", `There is no operation '${params.operation}'.`);
      return describeOperation(operation, pathOf(url));
    },
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
  const provider = `/subscriptions/${params.subscription}/providers/Microsoft.CognitiveServices`;
  const url = `${armOrigin}${provider}/locations/local/operations/${operation}?api-version=2025-09-01`;
  reply.header("azure-asyncoperation", url).header("retry-after", 0);
}

function describeOperation({ id: name, status }: OperationRecord, id: string): object {
  const error = { code: "InternalServerError", message: "The operation failed." };
  return { id, name, status, ...(status === "Failed" ? { error } : {}) };
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
