# Installs the library, shared and static, its header, and what CMake and pkg-config need to find it; and the licences
# of this project and of the crates that are part of the library.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# libckws.so -> libckws.so.0 -> libckws.so.0.x.y: the first is for linking, the second for running.
set(ckws_links "${CMAKE_CURRENT_BINARY_DIR}/links")
file(MAKE_DIRECTORY "${ckws_links}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E create_symlink ${ckws_real_name} "${ckws_links}/${ckws_soname}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E create_symlink ${ckws_soname} "${ckws_links}/libckws.so")
install(PROGRAMS "${ckws_shared}" DESTINATION "${CMAKE_INSTALL_LIBDIR}" RENAME ${ckws_real_name})
install(FILES "${ckws_links}/${ckws_soname}" "${ckws_links}/libckws.so" "${ckws_static}"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(FILES include/ckws.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

# Paths from the file's own place, so that the installed tree can be moved.
set(ckws_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ckws")
configure_package_config_file(cmake/ckwsConfig.cmake.in ckwsConfig.cmake
    INSTALL_DESTINATION "${ckws_package_dir}"
    PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(ckwsConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/ckwsConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/ckwsConfigVersion.cmake"
    DESTINATION "${ckws_package_dir}")

set(ckws_pkgconfig_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH ckws_pc_libdir "${ckws_pkgconfig_dir}" "${CMAKE_INSTALL_FULL_LIBDIR}")
file(RELATIVE_PATH ckws_pc_includedir "${ckws_pkgconfig_dir}" "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
list(TRANSFORM ckws_system_libraries PREPEND -l OUTPUT_VARIABLE ckws_pc_private)
string(REPLACE ";" " " ckws_pc_private "${ckws_pc_private}")
configure_file(cmake/ckws.pc.in ckws.pc @ONLY)
configure_file(cmake/ckws-static.pc.in ckws-static.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/ckws.pc" "${CMAKE_CURRENT_BINARY_DIR}/ckws-static.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(FILES LICENSE-MIT LICENSE-APACHE NOTICE DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/licenses/ckws")
