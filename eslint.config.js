import tseslint from 'typescript-eslint'

/** Typed linting over every workspace; zero warnings (`npm run lint`). Formatting is prettier's. */
export default tseslint.config(
  { ignores: ['**/generated/', '**/dist/', '**/coverage/', '.redrive/', '.cache/', '.turbo/', '**/*.{js,mjs,cjs}'] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // `env['NAME']` says that the name is data, not a member.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
)
