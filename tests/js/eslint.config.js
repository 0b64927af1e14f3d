import js from "@eslint/js";
import globals from "globals";

const HTML = ["innerHTML", "outerHTML", "insertAdjacentHTML", "write"];

export default [
  { ignores: ["**/node_modules/", ".venv*/", "shared/"] },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { ecmaVersion: "latest", sourceType: "module" },
    rules: {
      "array-callback-return": "error",
      complexity: ["error", 16],
      "consistent-this": "error",
      "dot-notation": "error",
      eqeqeq: "error",
      "max-len": ["error", 120],
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", 50],
      "no-else-return": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-nested-ternary": "error",
      "no-param-reassign": "error",
      "no-shadow": "error",
      "no-unneeded-ternary": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      // Pictures are parsed as XML and words are text nodes: whatever writes HTML is a way in.
      "no-restricted-properties": ["error", ...HTML.map((property) => ({ property }))],
    },
  },
  { files: ["webapp/**"], languageOptions: { globals: globals.browser } },
  {
    files: ["tests/**"],
    languageOptions: { globals: { ...globals.node, window: "readonly", document: "readonly" } },
    rules: { "max-lines-per-function": "off" },
  },
];
