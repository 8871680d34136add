/** Wrangler and the test runner turn a static `.wasm` import into a module that is compiled at deployment. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

/** The package's own declaration describes the exports of an instance, which is not what the import gives here. */
declare module "@jsquash/png/codec/pkg/squoosh_png_bg.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
