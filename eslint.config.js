// Style and layers. Who may import whom is ONE table. The compiler holds the same line for src-main through project references; this
// file also holds it for .svelte files and inside the renderer, and says what to do instead where it stops someone.
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** A folder, what it may not import, and why. A file obeys every row whose folder it lies in. */
const LAYERS = [
  {
    folder: 'src-main/shared/',
    never: ['#ml/*', '#engine/*', '#transport/*', '#app/*', '#preload/*', '#entry/*', '../*', 'node:*'],
    why: 'shared is the contract and imports nothing: pass what it needs as an argument, or move the code up.',
  },
  {
    folder: 'src-main/ml/',
    never: [
      '#engine/*',
      '#transport/*',
      '#app/*',
      '#preload/*',
      '#entry/*',
      'node:*',
      '@tensorflow/tfjs-node*',
    ],
    why: 'ml is tensors in, tensors out, on whichever backend is set: files, seeds and configurations are arguments.',
  },
  {
    folder: 'src-main/engine/',
    never: ['#transport/*', '#app/*', '#preload/*', '#entry/*', 'electron'],
    why: 'engine knows shared and ml; how it is reached is the business of transport and entry.',
  },
  {
    folder: 'src-main/transport/',
    never: ['#ml/*', '#engine/*', '#app/*', '#preload/*', '#entry/*', 'electron'],
    why: 'transport carries messages and knows only shared: ports, sockets and children are handed to it.',
  },
  {
    folder: 'src-main/app/',
    never: ['#ml/*', '#engine/*', '#preload/*', '#entry/*', '@tensorflow/*', 'onnxruntime-node'],
    why: 'app is the shell, and no mathematics runs in the main process: fork the engine and call it.',
  },
  {
    folder: 'src-main/preload/',
    never: ['#ml/*', '#engine/*', '#transport/*', '#app/*', '#entry/*', 'node:*'],
    why: 'the preload is sandboxed and small: the types of shared, and electron.',
  },
  {
    folder: 'src-renderer/',
    never: ['#ml/*', '#engine/*', '#transport/*', '#app/*', '#preload/*', '#entry/*', '**/src-main/**'],
    why: 'the window reaches src-main only through #shared/*: call the engine through state/session.',
  },
  {
    folder: 'src-renderer/',
    never: ['node:*', '/electron', '@tensorflow/*', 'onnxruntime-node'],
    why: 'the window has no Node and no tensors: ask the engine, or the Host in platform/.',
  },
  {
    folder: 'src-renderer/platform/',
    never: ['**/state/**', '**/views/**', '**/widgets/**', '**/charts/**'],
    why: 'platform knows the world outside and nothing of the window.',
  },
  {
    folder: 'src-renderer/state/',
    never: ['**/views/**', '**/widgets/**', '**/charts/**', '**/platform/electron', '**/platform/browser*'],
    why: 'state does not know how it is shown, and is given its Host; only main.ts chooses one.',
  },
  {
    folder: 'src-renderer/charts/',
    never: ['**/state/**', '**/platform/**', '**/views/**', '**/widgets/**', 'svelte', 'svelte/*'],
    why: 'charts know no framework and no state: (node, props) in, {update, destroy} out, values and callbacks as props.',
  },
  {
    folder: 'src-renderer/widgets/',
    never: ['**/state/**', '**/platform/**', '**/views/**', '**/charts/**'],
    why: 'widgets are dumb: props in, callbacks out. Let the view read the state and hand it down.',
  },
  {
    folder: 'src-renderer/views/',
    never: ['**/platform/**'],
    why: 'views never ask where they run: state was given a Host.',
  },
  {
    folder: 'src-renderer/views/',
    never: ['../explore/**', '../shell/**'],
    why: 'a view does not import another view: share through widgets or state, compose in App.svelte.',
  },
];

/** Later entries of ESLint replace earlier ones, so each folder gets the sum of all rows that hold for it. */
const layerRules = [...new Set(LAYERS.map((row) => row.folder))].map((folder) => ({
  files: [`${folder}**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: LAYERS.filter((row) => folder.startsWith(row.folder)).map(({ never, why }) => ({
          group: never,
          message: why,
        })),
      },
    ],
  },
}));

const CODE = ['**/*.ts', '**/*.svelte'];

export default defineConfig(
  { ignores: ['node_modules/', 'out/', '.tsbuild/', 'test-results/', 'playwright-report/', 'models/'] },
  { files: ['**/*.js', '**/*.mjs'], languageOptions: { globals: globals.node } },
  { files: CODE, extends: ts.configs.strictTypeChecked },
  svelte.configs.recommended,
  {
    files: CODE,
    languageOptions: {
      globals: { ...globals.browser, ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.ts'] },
        extraFileExtensions: ['.svelte'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'TSEnumDeclaration',
          message: 'A union of strings instead of an enum: it crosses the wire as it is.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // interfaces here are objects of closures: nothing has a `this` to lose
      '@typescript-eslint/unbound-method': 'off',
      // an implementation of an asynchronous interface may have nothing to wait for
      '@typescript-eslint/require-await': 'off',
      // generic tensors need assertions that the rule takes for empty
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // a rejection handler that takes `unknown` need not say so
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      // digits and punctuation come apart into characters without harm
      '@typescript-eslint/no-misused-spread': 'off',
      // what arrives from outside is checked although its type says that it is well
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `return fail(…)` in a function of nothing is how we leave early
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // an index into a typed array that the loop just bounded
      '@typescript-eslint/no-non-null-assertion': 'off',
      // errors cross processes as data, and are AppErrors again on the other side
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // `keyof Api & string` keeps symbols out even where there are none yet
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // a type parameter used once ties a name to its operation
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // our sets and maps are replaced, or no one watches them
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // svelte-check types the templates, where this parser sees `any`
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // svelte-check warns of accessibility, so this rule finds nothing to ignore
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  ...layerRules,
);
