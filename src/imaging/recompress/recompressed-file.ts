export interface RecompressedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * SSIMULACRA 2 against the decoded source that is predicted of a file that is not exact, from its coefficients: 80 % of
   * files are within 3 points.
   */
  readonly score?: number;
}
