#!/usr/bin/env bash
# Installs the independent image tools that some tests compare with. Optional: without them those tests are skipped,
# visibly. Prints the folder of the newer tools when there is one. Never fails.
set -u
packages=()
command -v opj_decompress >/dev/null || packages+=(libopenjp2-tools)
command -v pngcheck >/dev/null || packages+=(pngcheck)
command -v jpegtran >/dev/null || packages+=(libjpeg-turbo-progs)
command -v JxrDecApp >/dev/null || packages+=(libjxr-tools)
command -v tiffcp >/dev/null || packages+=(libtiff-tools)
command -v transicc >/dev/null || packages+=(liblcms2-utils)
command -v exiftool >/dev/null || packages+=(libimage-exiftool-perl)
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] && ((${#packages[@]} > 0)); then
  (apt-get -qq update && apt-get -qq -y install --no-install-recommends "${packages[@]}") >/dev/null 2>&1 || true
fi
# A browser, for what visitors see; large, so by itself.
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] && ! command -v chromium >/dev/null; then
  (apt-get -qq update && timeout 300 apt-get -qq -y install --no-install-recommends chromium) >/dev/null 2>&1 || true
fi
setup=../shared/tools/metrics-setup.sh
folder=${IMAGE_ORACLES:-${XDG_CACHE_HOME:-$HOME/.cache}/image-metrics}
if [[ -f $setup ]] && timeout 300 bash "$setup" "$folder" >/dev/null 2>&1; then
  printf '%s\n' "$folder"
fi
exit 0
