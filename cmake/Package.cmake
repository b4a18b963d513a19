# `cpack -G DEB` makes one Debian package of all that is installed. What only the package has is the component `debian`.
set (ASSAY_MAINTAINER "The authors of assay <maintainers@assay.invalid>" CACHE STRING "Who answers for the Debian package")

set (doc ${CMAKE_INSTALL_DATAROOTDIR}/doc/assay)
set (debian ${PROJECT_SOURCE_DIR}/share/debian)
add_custom_command (
  OUTPUT changelog.Debian.gz
  COMMAND gzip -9nc ${debian}/changelog > changelog.Debian.gz
  DEPENDS ${debian}/changelog
  VERBATIM)
add_custom_target (assay_changelog ALL DEPENDS changelog.Debian.gz)
install (FILES ${debian}/copyright ${PROJECT_BINARY_DIR}/changelog.Debian.gz DESTINATION ${doc} COMPONENT debian EXCLUDE_FROM_ALL)
install (FILES ${debian}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME assay COMPONENT debian
         EXCLUDE_FROM_ALL)

set (CPACK_PACKAGE_NAME assay)
set (CPACK_PACKAGE_VENDOR "The authors of assay")
set (CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set (CPACK_GENERATOR DEB)
set (CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};assay;ALL;/;${PROJECT_BINARY_DIR};assay;debian;/")
set (CPACK_PACKAGING_INSTALL_PREFIX /usr)
set (CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                 WORLD_EXECUTE)
set (CPACK_STRIP_FILES TRUE)
# several threads of xz write other bytes than one
set (CPACK_THREADS 1)
set (CPACK_VERBATIM_VARIABLES TRUE)

set (CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set (CPACK_DEBIAN_PACKAGE_RELEASE 1)
set (CPACK_DEBIAN_PACKAGE_SECTION devel)
set (CPACK_DEBIAN_PACKAGE_MAINTAINER "${ASSAY_MAINTAINER}")
set (CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
set (CPACK_DEBIAN_COMPRESSION_TYPE xz)
# CPack's scripts call ldconfig, which is a trigger's business by now
file (WRITE ${PROJECT_BINARY_DIR}/shlibs "libassay 0 assay (>= ${PROJECT_VERSION})\n")
file (WRITE ${PROJECT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
set (CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/shlibs ${PROJECT_BINARY_DIR}/triggers)
set (CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
# The sandbox of a rebuild, and in it the patches of a recipe. libext2fs2 of Debian 12 needs libcom_err.so.2 and does not
# depend on it, since what is required of each system brings it; a bare one has it not.
set (CPACK_DEBIAN_PACKAGE_DEPENDS "bubblewrap, patch, libcom-err2")
# what `toolchain make` runs; and for who builds on the library
set (CPACK_DEBIAN_PACKAGE_RECOMMENDS "mmdebstrap, uidmap")
set (CPACK_DEBIAN_PACKAGE_SUGGESTS "disorderfs, libdeflate-tools, libglib2.0-dev, lzip, pigz, pkg-config")
set (CPACK_PACKAGE_DESCRIPTION_SUMMARY "says whether a firmware image is what its source builds")
set (CPACK_DEBIAN_PACKAGE_DESCRIPTION
     "A vendor ships a firmware image and licenses its source. assay builds the
source again in a sandbox without network, compares, and gives every byte
of the image one account: proven to come from that source, explained by a
rule that proves itself, waived by a line of a policy, or unexplained.
.
The package has the program, the library with its headers, and what goes
into the pipelines of GitHub, GitLab, Jenkins and CMake.")

# Two packs of the same are equal, byte for byte: the times in a package are those of its changelog, or SOURCE_DATE_EPOCH.
configure_file (${PROJECT_SOURCE_DIR}/cmake/PackageTimes.cmake.in PackageTimes.cmake @ONLY)
configure_file (${PROJECT_SOURCE_DIR}/cmake/PackageFiles.cmake.in PackageFiles.cmake @ONLY)
set (CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/PackageTimes.cmake)
set (CPACK_PRE_BUILD_SCRIPTS ${PROJECT_BINARY_DIR}/PackageFiles.cmake)
include (CPack)
