/**
 * Replaces the modules of Node.js that a package names in branches never taken here (see `[alias]` in wrangler.toml):
 * the real ones are not in every runtime, and each would cost every start of the Worker.
 */
// oxlint-disable-next-line import/no-default-export -- a module must export something, and CommonJS code asks for no name
export default {};
