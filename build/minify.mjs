/** How everything that runs on a board is minified, what it is compared with too. */

/** Terser's options; `names` are short names that were given before, and are kept. */
export function minifyOptions(names) {
  return {
    ecma: 5,
    toplevel: true,
    nameCache: names,
    // More inlining would declare variables behind their use, and in Espruino nothing hoists.
    compress: { ecma: 5, passes: 3, pure_getters: true, hoist_funs: true, inline: 1 },
    // Espruino takes `of`, `static` and `let` for keywords.
    mangle: { toplevel: true, reserved: ["of", "static", "let"], properties: { regex: /^_/ } },
    format: { ecma: 5, ascii_only: true, comments: false, semicolons: true },
  };
}
