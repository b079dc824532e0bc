/**
 * `/modelCapacities` of the control plane: what may still be deployed, read before a deployment is asked for.
 * @module
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { availableCapacity } from "../state/quotas.js";
import type { State } from "../state/state.js";
import { skus } from "./deployment-request.js";
import { parseRequest } from "./parse.js";

const capacityQuery = z.object({ modelFormat: z.string(), modelName: z.string(), modelVersion: z.string() });

/** Adds the route at the root of `app`; one entry for each kind of deployment. */
export function capacityRoutes(app: FastifyInstance, state: State): void {
  app.get<{ Params: { subscription: string } }>(
    "/subscriptions/:subscription/providers/Microsoft.CognitiveServices/modelCapacities",
    async ({ params, query }) => {
      const { modelFormat: format, modelName: name, modelVersion: version } = parseRequest(capacityQuery, query);
      const available = availableCapacity(state, name);
      const value = skus.map((skuName) => ({
        id: `/subscriptions/${params.subscription}/providers/Microsoft.CognitiveServices/locations/local/models/${format}.${name}.${version}/skuCapacities/${skuName}`,
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
      return { value };
    },
  );
}
