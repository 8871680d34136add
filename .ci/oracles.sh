#!/usr/bin/env bash
# Installs the independent image tools that some tests compare with. Optional: without them those tests are skipped,
# visibly. Prints the folder of the newer tools when there is one. Never fails.
set -u
install() {
  timeout 300 apt-get -qq -y -o Acquire::Retries=3 install --no-install-recommends "$@"
}
packages=()
command -v opj_decompress >/dev/null || packages+=(libopenjp2-tools)
command -v pngcheck >/dev/null || packages+=(pngcheck)
command -v jpegtran >/dev/null || packages+=(libjpeg-turbo-progs)
command -v JxrDecApp >/dev/null || packages+=(libjxr-tools)
command -v tiffcp >/dev/null || packages+=(libtiff-tools)
command -v transicc >/dev/null || packages+=(liblcms2-utils)
command -v exiftool >/dev/null || packages+=(libimage-exiftool-perl)
# A browser, for what visitors see.
command -v chromium >/dev/null || packages+=(chromium)
if command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] && ((${#packages[@]} > 0)); then
  {
    apt-get -qq -o Acquire::Retries=3 update
    # A package that cannot be had must not keep the others away.
    install "${packages[@]}" || for package in "${packages[@]}"; do install "$package"; done
  } >/dev/null 2>&1 || true
fi
setup=../shared/tools/metrics-setup.sh
folder=${IMAGE_ORACLES:-${XDG_CACHE_HOME:-$HOME/.cache}/image-metrics}
if [[ -f $setup ]] && timeout 300 bash "$setup" "$folder" >/dev/null 2>&1; then
  printf '%s\n' "$folder"
fi
exit 0
