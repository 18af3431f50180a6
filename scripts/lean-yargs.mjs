// yargs as it comes for browsers, with its parser from here and not from the web: it opens no files of translations, looks for no
// package.json, asks for no working directory (which may be gone), and does not load string-width, which takes 25 ms. The help is ours.
export const leanYargs = {
  name: 'lean-yargs',
  setup(build) {
    const instead = (filter, path) =>
      build.onResolve({ filter }, ({ resolveDir, kind }) => build.resolve(path, { resolveDir, kind }));
    instead(/^yargs$/, 'yargs/browser');
    instead(/^https:\/\/unpkg\.com\/yargs-parser@/, 'yargs-parser/browser');
    build.onResolve({ filter: /^https:\/\/unpkg\.com\/cliui@/ }, () => ({
      path: 'cliui',
      namespace: 'none',
    }));
    build.onLoad({ filter: /^/, namespace: 'none' }, () => ({ contents: 'export default undefined' }));
  },
};
