/**
 * Stands for the modules of Node.js that packages name in branches never taken here (see `[alias]` in wrangler.toml):
 * the real ones are not in every runtime, and each would cost every start of the Worker.
 */
// oxlint-disable-next-line import/no-default-export -- some packages import a default from `fs` and `url`
export default {};
