/** The pages that `npm run docs` makes; a test of each fails when it is stale. */
import { CLIENT_PAGE, clientPage } from "./client-page.ts";
import { CONFIGURATION_PAGE, configurationPage } from "./configuration-page.ts";

export const GENERATED: ReadonlyMap<string, () => Promise<string>> = new Map([
  [CLIENT_PAGE, clientPage],
  [CONFIGURATION_PAGE, configurationPage],
]);
