/** The document of the last release: what clients were built against. */
export const releasedFile = new URL('../../api-edge/openapi/released.json', import.meta.url);
