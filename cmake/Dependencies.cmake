# What assay is built on; all of it comes from Debian 12 packages (see tests/packages.txt).
find_package (PkgConfig REQUIRED)

foreach (module IN ITEMS glib-2.0 gio-2.0 jansson yaml-0.1 libelf libarchive zlib liblzma libzstd liblz4 libcrypto
                         libseccomp libsquashfs1 ext2fs libdw capstone p11-kit-1)
  string (MAKE_C_IDENTIFIER ${module} id)
  pkg_check_modules (${id} REQUIRED IMPORTED_TARGET ${module})
endforeach ()

# bzip2 and libfdt come without a pkg-config file on Debian 12.
find_package (BZip2 REQUIRED)
find_library (ASSAY_FDT_LIBRARY fdt REQUIRED)
add_library (assay_fdt INTERFACE)
target_link_libraries (assay_fdt INTERFACE ${ASSAY_FDT_LIBRARY})
