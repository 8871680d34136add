/** The package carries no types; `OpenJpeg` in openjpeg.ts describes what the started module offers. */
declare module "@cornerstonejs/codec-openjpeg/wasmjs" {
  const factory: unknown;
  export default factory;
}
