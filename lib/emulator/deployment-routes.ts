/**
 * The control plane (Azure Resource Manager): deployments as long-running operations.
 * The emulator is one account, whatever subscription, resource group and account a request names.
 * @module
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Deployment, ProvisioningState } from "../service/deployments.js";
import { armOrigin } from "./access.js";
import type { Faults } from "./faults.js";
import type { Inference } from "./inference.js";
import { findWeights } from "./models.js";
import { Operations } from "./operations.js";
import { parseRequest } from "./parse.js";
import type { Readiness } from "./readiness.js";
import { armErrorEnvelope, asServiceError, ServiceError } from "./service-error.js";
import type { DeploymentRecord, State } from "./state.js";

const account =
  "/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.CognitiveServices/accounts/:account";

const deploymentBody = z.object({
  sku: z.object({ name: z.string(), capacity: z.int().min(1) }),
  properties: z.object({
    model: z.object({ format: z.string(), name: z.string(), version: z.string() }),
    versionUpgradeOption: z.string().optional(),
  }),
});

type OneDeployment = { Params: { subscription: string; name: string } };

/** What the control plane works on. */
export interface ControlPlane {
  state: State;
  inference: Inference;
  readiness: Readiness;
  faults: Faults;
}

/** Adds the routes at the root of `app`. A deployment is `Creating` until `inference` has loaded its model. */
export function deploymentRoutes(app: FastifyInstance, { state, inference, readiness, faults }: ControlPlane): void {
  const operations = new Operations(state.tasks);

  app.setErrorHandler((error, _request, reply) => {
    const refusal = asServiceError(error);
    return reply.status(refusal.status).send(armErrorEnvelope(refusal));
  });

  app.put<OneDeployment>(`${account}/deployments/:name`, async (request, reply) => {
    const { name } = request.params;
    const { sku, properties } = parseRequest(deploymentBody, request.body);
    const weights = findWeights(state, properties.model.name);
    if (!weights) throw modelNotSupported(name, properties.model);
    const existing = state.deployments.get(name.toLowerCase());
    if (existing?.properties.provisioningState === "Creating") {
      throw new ServiceError(409, "RequestConflict", `Another operation on the deployment '${name}' is under way.`);
    }
    const deployment: DeploymentRecord = { name, sku, properties: { ...properties, provisioningState: "Creating" } };
    await state.deployments.put(deployment);
    readiness.delay(name, faults.of(request, "deployment_not_ready")?.calls ?? 0);
    const fails = faults.of(request, "deployment_fails") !== undefined;
    const operation = operations.start(async () => {
      const provisioningState = !fails && inference.canLoad(weights) ? "Succeeded" : "Failed";
      await state.deployments.put(inState(deployment, provisioningState));
    });
    announce(operation, request, reply);
    return reply.status(existing ? 200 : 201).send(withId(request, deployment));
  });

  app.get<OneDeployment>(`${account}/deployments/:name`, async (request) => {
    const deployment = state.deployments.get(request.params.name.toLowerCase());
    if (!deployment) {
      throw new ServiceError(404, "ResourceNotFound", `There is no deployment '${request.params.name}'.`);
    }
    return withId(request, deployment);
  });

  app.get(`${account}/deployments`, async (request) => ({
    value: state.deployments.newestFirst().map((deployment) => withId(request, deployment)),
  }));

  app.delete<OneDeployment>(`${account}/deployments/:name`, async (request, reply) => {
    const key = request.params.name.toLowerCase();
    if (!state.deployments.get(key)) return reply.status(204).send();
    announce(
      operations.start(() => state.deployments.delete(key)),
      request,
      reply,
    );
    return reply.status(202).send();
  });

  app.get<{ Params: { operation: string } }>(
    "/subscriptions/:subscription/providers/Microsoft.CognitiveServices/locations/local/operations/:operation",
    async ({ params, url }) => {
      const status = operations.status(params.operation);
      if (!status) throw new ServiceError(404, "ResourceNotFound", `There is no operation '${params.operation}'.`);
      return { id: pathOf(url), name: params.operation, status };
    },
  );
}

/** Tells the client where to ask for the operation, and that it may do so at once. */
function announce(operation: string, { params }: FastifyRequest<OneDeployment>, reply: FastifyReply): void {
  const provider = `/subscriptions/${params.subscription}/providers/Microsoft.CognitiveServices`;
  const url = `${armOrigin}${provider}/locations/local/operations/${operation}?api-version=2025-09-01`;
  reply.header("azure-asyncoperation", url).header("retry-after", 0);
}

/** Finishes the deployments whose operation never ended, because the process did: weights load when they are first asked for. */
export async function finishDeployments(state: State): Promise<void> {
  for (const deployment of state.deployments.newestFirst()) {
    if (deployment.properties.provisioningState === "Creating")
      await state.deployments.put(inState(deployment, "Succeeded"));
  }
}

function modelNotSupported(
  deployment: string,
  { format, name, version }: Deployment["properties"]["model"],
): ServiceError {
  const model = `'Format: ${format}, Name: ${name}, Version: ${version}'`;
  return new ServiceError(400, "DeploymentModelNotSupported", `The model ${model} of '${deployment}' does not exist.`);
}

function inState(deployment: DeploymentRecord, provisioningState: ProvisioningState): DeploymentRecord {
  return { ...deployment, properties: { ...deployment.properties, provisioningState } };
}

function withId({ url }: FastifyRequest, deployment: DeploymentRecord): Deployment {
  const collection = pathOf(url).replace(/\/deployments(\/[^/]*)?$/, "/deployments");
  return { id: `${collection}/${deployment.name}`, ...deployment };
}

function pathOf(url: string): string {
  return new URL(url, armOrigin).pathname;
}
