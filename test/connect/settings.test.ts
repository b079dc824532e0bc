import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { parse } from "dotenv";
import { describe, expect, test } from "vitest";
import { describeSettings, loadSettings, readDotenv } from "../../dist/connect/settings.js";
import { projectRoot } from "../../dist/util/assets.js";
import { UserError } from "../../dist/util/errors.js";

const azure = {
  AZURE_AI_PROJECT_ENDPOINT: "https://res.services.ai.azure.com/api/projects/math",
  AZURE_SUBSCRIPTION_ID: "sub",
  AZURE_RESOURCE_GROUP: "group",
  AZURE_AOAI_ACCOUNT: "res",
  MODEL_NAME: "o4-mini-2025-04-16",
};

describe("the backend", () => {
  test("is the emulator when no endpoint is set, and says which other settings it ignores", () => {
    const settings = loadSettings({ MODEL_NAME: "gpt-5", AZURE_OPENAI_KEY: "secret", AZURE_AI_PROJECT_ENDPOINT: " " });
    expect(settings).toMatchObject({ backend: "local", modelName: "o4-mini-2025-04-16", baseDeployment: "o4-mini" });
    expect(settings.ignoredKeys).toEqual(["AZURE_OPENAI_KEY", "MODEL_NAME"]);
  });

  test("is Azure as soon as one endpoint is set, and names every missing setting at once", () => {
    const incomplete = () => loadSettings({ AZURE_OPENAI_ENDPOINT: "https://res.openai.azure.com", MODEL_NAME: "" });
    expect(incomplete).toThrow(UserError);
    for (const key of ["AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZURE_AOAI_ACCOUNT", "MODEL_NAME"])
      expect(incomplete).toThrow(`${key} is missing`);
  });
});

describe("endpoints", () => {
  test.each([
    "https://res.services.ai.azure.com/api/projects/math",
    "https://res.services.ai.azure.com/api/projects/math/",
    "https://res.services.ai.azure.com",
    "https://res.services.ai.azure.com/openai/v1",
    "https://res.services.ai.azure.com/openai/v1/",
    "https://res.services.ai.azure.com//openai/v1//",
    "https://res.services.ai.azure.com/openai/deployments/o4-mini/chat/completions?api-version=2025-04-01-preview",
  ])("leads %s to the resource's v1 endpoint", (endpoint) => {
    const expected = "https://res.services.ai.azure.com/openai/v1/";
    expect(loadSettings({ ...azure, AZURE_AI_PROJECT_ENDPOINT: endpoint }).openaiEndpoint).toBe(expected);
    expect(loadSettings({ ...azure, AZURE_OPENAI_ENDPOINT: endpoint }).openaiEndpoint).toBe(expected);
  });

  test("keeps the path of a gateway", () => {
    const settings = loadSettings({ ...azure, AZURE_OPENAI_ENDPOINT: "https://gateway.example/team/openai/v1" });
    expect(settings.openaiEndpoint).toBe("https://gateway.example/team/openai/v1/");
  });

  test.each([
    "res.openai.azure.com",
    "RES.openai.azure.com/",
    "res.openai.azure.com/openai/v1",
    "HTTPS://res.openai.azure.com:443/openai/",
  ])("takes the host of %s, with or without its protocol", (endpoint) => {
    const settings = loadSettings({ ...azure, AZURE_OPENAI_ENDPOINT: endpoint });
    expect(settings.openaiEndpoint).toBe("https://res.openai.azure.com/openai/v1/");
  });

  test.each(["https://ai.azure.com/build/overview?tid=1", "portal.azure.com"])(
    "tells %s, a page of the portal, from an endpoint",
    (page) => {
      expect(() => loadSettings({ ...azure, AZURE_AI_PROJECT_ENDPOINT: page })).toThrow(
        /AZURE_AI_PROJECT_ENDPOINT is the address of the portal/,
      );
    },
  );

  test.each([
    "res",
    "https://<resource>.openai.azure.com",
    "http://res.openai.azure.com",
    "http://127.0.0.1.example.com",
  ])("refuses %s, by the setting's name", (endpoint) => {
    expect(() => loadSettings({ ...azure, AZURE_OPENAI_ENDPOINT: endpoint })).toThrow(/AZURE_OPENAI_ENDPOINT must/);
  });

  test("takes plain http on this machine, where an emulator may listen", () => {
    const settings = loadSettings({ ...azure, AZURE_ARM_ENDPOINT: "http://127.0.0.1:4010/" });
    expect(settings.armEndpoint).toBe("http://127.0.0.1:4010");
  });
});

describe("RUN_PAID_JOBS", () => {
  test("is off unless it says true, 1 or yes", () => {
    expect(loadSettings(azure).runPaidJobs).toBe(false);
    for (const yes of ["true", "1", "yes", "TRUE"])
      expect(loadSettings({ ...azure, RUN_PAID_JOBS: yes }).runPaidJobs).toBe(true);
    expect(loadSettings({ ...azure, RUN_PAID_JOBS: "no" }).runPaidJobs).toBe(false);
  });

  test("refuses a word it does not know", () => {
    expect(() => loadSettings({ ...azure, RUN_PAID_JOBS: "maybe" })).toThrow(/RUN_PAID_JOBS must be true or false/);
  });
});

describe("a deployment", () => {
  test("is of a kind and capacity that can be set, in any case", () => {
    expect(loadSettings(azure)).toMatchObject({ deploymentSku: "GlobalStandard", deploymentCapacity: 50 });
    const settings = loadSettings({ ...azure, DEPLOYMENT_SKU: "developertier", DEPLOYMENT_CAPACITY: "5" });
    expect(settings).toMatchObject({ deploymentSku: "DeveloperTier", deploymentCapacity: 5 });
  });

  test.each([
    [{ DEPLOYMENT_SKU: "Cheap" }, /DEPLOYMENT_SKU must be one of Standard, GlobalStandard/],
    [{ DEPLOYMENT_CAPACITY: "0" }, /DEPLOYMENT_CAPACITY must be a whole number above 0/],
    [{ DEPLOYMENT_CAPACITY: "many" }, /DEPLOYMENT_CAPACITY must be a whole number above 0/],
    [{ AZURE_OPENAI_SCOPE: "ai.azure.com" }, /AZURE_OPENAI_SCOPE must look like https/],
  ])("refuses %j", (given, message) => {
    expect(() => loadSettings({ ...azure, ...given })).toThrow(message);
  });
});

test("warns of a model that has retired or is unknown, and says which to use", () => {
  const warning = (model: string) =>
    describeSettings(loadSettings({ ...azure, MODEL_NAME: model })).find(
      ({ setting }) => setting === "About this model",
    );
  expect(warning("gpt-4o-2024-08-06")?.value).toMatch(/not known to take.*use Alibaba\/qwen3\.6-35b-a3b/);
  expect(warning("Alibaba/qwen3.6-35b-a3b")).toBeUndefined();
});

describe("the key", () => {
  const settings = loadSettings({ ...azure, AZURE_OPENAI_KEY: "topsecret" });

  test("is there to be used, but shows up in nothing that is printed", () => {
    expect(settings.apiKey).toBe("topsecret");
    const printed =
      inspect(settings) + JSON.stringify([settings, Object.entries(settings), describeSettings(settings)]);
    expect(printed).not.toContain("topsecret");
  });

  test.each(["\n", "\r\n", "\t", " ", "\u0000", "\u007f", "\u0085", "\u2028", "é"])(
    "is refused with %j inside, without being printed",
    (sign) => {
      const refused = () => loadSettings({ ...azure, AZURE_OPENAI_KEY: `MARKERS3CRET${sign}tail` });
      expect(refused).toThrow(/AZURE_OPENAI_KEY must be one line/);
      expect(refused).not.toThrow(/MARKER|tail/);
    },
  );

  test("is described as given, and its absence as Entra ID", () => {
    const authentication = (of: typeof settings) =>
      describeSettings(of).find(({ setting }) => setting === "Authentication")?.value;
    expect(authentication(settings)).toBe("key given");
    expect(authentication(loadSettings(azure))).toBe("Entra ID, for https://ai.azure.com/.default");
  });
});

describe(".env", () => {
  const reading = async (content: Uint8Array) => {
    const file = join(await mkdtemp(join(tmpdir(), "settings-")), ".env");
    await writeFile(file, content);
    return () => readDotenv(file);
  };

  test("is read with and without a byte order mark", async () => {
    for (const mark of ["", "\ufeff"])
      expect((await reading(Buffer.from(`${mark}MODEL_NAME=é\r\n`)))()).toEqual({ MODEL_NAME: "é" });
  });

  test.each([
    ["UTF-16 with its mark", Buffer.from("\ufeffMODEL_NAME=x", "utf16le")],
    ["UTF-16 without one", Buffer.from("MODEL_NAME=x", "utf16le")],
    ["UTF-16 of the other order", Buffer.from("\ufeffMODEL_NAME=x", "utf16le").swap16()],
    ["Latin-1", Buffer.from("MODEL_NAME=é", "latin1")],
  ])("is refused in %s, which would otherwise count as empty", async (_, content) => {
    expect(await reading(content)).toThrow(/\.env is not UTF-8 text\. Save it as UTF-8/);
  });

  test("counts as empty where it is missing", () => {
    expect(readDotenv(join(tmpdir(), "no", ".env"))).toEqual({});
  });
});

describe(".env.template", () => {
  const template = parse(readFileSync(join(projectRoot, ".env.template")));

  test("as it stands means the emulator, with nothing ignored", () => {
    expect(loadSettings(template)).toMatchObject({ backend: "local", ignoredKeys: [], runPaidJobs: false });
  });

  test("names every setting that can be missing", () => {
    expect(Object.keys(template)).toEqual(expect.arrayContaining(Object.keys(azure)));
  });
});
