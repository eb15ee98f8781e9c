/** Version of the firmware; the build puts it in from package.json. */
export const VERSION = "__VERSION__";
