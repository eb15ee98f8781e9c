import tseslint from "typescript-eslint";

/** What Espruino cannot run, or runs at a price nobody would pay (CONTRIBUTING, "What code costs here"). */
const device = [
  ["ForOfStatement", "Espruino has no iterators: count an index."],
  ["SpreadElement, RestElement", "Espruino has no spread or rest."],
  ["ObjectPattern, ArrayPattern", "Espruino has no destructuring."],
  ["AssignmentPattern", "Espruino has no default parameters."],
  ["ClassDeclaration, ClassExpression", "A class costs twice the memory of functions over a record."],
  ["AwaitExpression, YieldExpression", "Espruino has neither."],
  ["Property[kind='get'], Property[kind='set']", "Accessors cost a hundred bytes each."],
  ["LabeledStatement", "Espruino has no labels."],
  ["Literal[regex]", "Espruino's regular expressions lack too much."],
  ["Identifier[name='arguments']", "Espruino's `arguments` belongs to the outer function at times."],
  ["MemberExpression[property.name='prototype']", "Espruino's built-ins are not on prototypes."],
  [
    "AssignmentExpression[left.type='MemberExpression'][left.property.name='length']",
    "Espruino cannot assign to length.",
  ],
  ["TryStatement[finalizer]", "Espruino loses the error where `finally` passes a `catch`."],
  ["ChainExpression", "Espruino has no `?.`."],
  ["TSEnumDeclaration", "Plain constants are inlined, enums are not."],
].map(([selector, message]) => ({ selector, message }));

export default tseslint.config(
  { ignores: ["dist/", "lib/", "types/", ".cache/", "node_modules/"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["./tsconfig.device.json", "./tsconfig.host.json", "./tsconfig.page.json"],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreVoidReturningFunctions: true, ignoreArrowShorthand: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/restrict-plus-operands": "off",
      "@typescript-eslint/no-deprecated": "off",
      // A function that its record calls is shorter, and so faster, with a letter for `this`.
      "@typescript-eslint/no-this-alias": ["error", { allowedNames: ["client"] }],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": ["error", { caughtErrors: "none", argsIgnorePattern: "^_" }],
      "max-lines": ["error", 320],
      eqeqeq: "error",
    },
  },
  {
    files: ["src/**/*.ts", "hw/**/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...device],
      "max-lines": ["error", 250],
      "max-lines-per-function": ["error", { max: 40, skipComments: true, skipBlankLines: true }],
      "max-params": ["error", 5],
      // What is thrown is text: an Error's stack takes the engine a hundred variables, and deep in a start all of them.
      "@typescript-eslint/only-throw-error": "off",
      // Loops that count an index are what the engine has; its types come from ES5 alone.
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/no-unsafe-type-assertion": "off",
      "@typescript-eslint/array-type": "off",
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      "@typescript-eslint/prefer-optional-chain": "off",
    },
  },
  { files: ["hw/**/*.d.ts"], rules: { "no-restricted-syntax": "off" } },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": ["error", 400],
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
    },
  },
  {
    files: ["sim/**/*.ts"],
    rules: {
      // Errors are made in the board's realm, whose Error is another one.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      // Programs hand over anything, whatever the types say; a realm's globals have none.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      "@typescript-eslint/no-unnecessary-boolean-literal-compare": "off",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/no-unsafe-call": "off",
    },
  },
);
