# What `make install` puts where. Everything finds its neighbours by relative paths, so an installed tree can move.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(house_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/holdfast)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
if(TARGET holdfast)
  install(TARGETS holdfast RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

if(TARGET holdfast_shared)
  install(TARGETS holdfast_shared holdfast_archive EXPORT holdfast-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  set_target_properties(holdfast_shared PROPERTIES EXPORT_NAME shared)
  set_target_properties(holdfast_archive PROPERTIES EXPORT_NAME static INTERFACE_LINK_LIBRARIES m)
  install(EXPORT holdfast-targets NAMESPACE holdfast:: DESTINATION ${house_package_dir})

  configure_package_config_file(cmake/holdfast-config.cmake.in ${PROJECT_BINARY_DIR}/holdfast-config.cmake
    INSTALL_DESTINATION ${house_package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/holdfast-config-version.cmake COMPATIBILITY SameMinorVersion)
  file(RELATIVE_PATH house_prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(cmake/holdfast.pc.in ${PROJECT_BINARY_DIR}/holdfast.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/holdfast-config.cmake ${PROJECT_BINARY_DIR}/holdfast-config-version.cmake
    DESTINATION ${house_package_dir})
  install(FILES ${PROJECT_BINARY_DIR}/holdfast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endif()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
