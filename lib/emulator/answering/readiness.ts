/**
 * Deployments that have succeeded and do not answer yet, as happens for some minutes on the service.
 * @module
 */
import { ServiceError } from "../routes/service-error.js";

/** Counts the questions that a deployment has still to refuse. */
export class Readiness {
  readonly #refusals = new Map<string, number>();

  /** Lets the deployment refuse its next `calls` questions. */
  delay(deployment: string, calls: number): void {
    this.#refusals.set(deployment.toLowerCase(), calls);
  }

  /** Throws `DeploymentNotReady` (503) while the deployment has questions to refuse. */
  check(deployment: string): void {
    const left = this.#refusals.get(deployment.toLowerCase()) ?? 0;
    if (left === 0) return;
    this.#refusals.set(deployment.toLowerCase(), left - 1);
    throw new ServiceError(
      503,
      "DeploymentNotReady",
      `The deployment '${deployment}' is not ready yet. Wait a moment and try again.`,
    );
  }
}
