# Finds a cargo that is new enough and decides where it builds: sets CKWS_CARGO and CKWS_TARGET_DIR.

file(STRINGS Cargo.toml ckws_rust_version REGEX "^rust-version = " LIMIT_COUNT 1)
string(REGEX MATCH "[0-9.]+" ckws_rust_version "${ckws_rust_version}")

# ckws_cargo_version(CARGO RESULT): its version, or nothing if it cannot be run.
function(ckws_cargo_version cargo result)
    execute_process(COMMAND "${cargo}" --version
        WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE said ERROR_QUIET RESULT_VARIABLE failed)
    string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" version "${said}")
    set(${result} "${version}" PARENT_SCOPE)
endfunction()

# ckws_cargos(RESULT): the one of the PATH, then those that rustup installs, which a shell may not have in its PATH.
function(ckws_cargos result)
    find_program(ckws_cargo_of_path cargo
        NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH NO_CMAKE_SYSTEM_PATH NO_CMAKE_FIND_ROOT_PATH)
    set(found "")
    if(ckws_cargo_of_path)
        list(APPEND found "${ckws_cargo_of_path}")
    endif()
    unset(ckws_cargo_of_path CACHE)
    foreach(home IN ITEMS "$ENV{CARGO_HOME}" "$ENV{HOME}/.cargo")
        if(home AND EXISTS "${home}/bin/cargo")
            list(APPEND found "${home}/bin/cargo")
        endif()
    endforeach()
    set(${result} "${found}" PARENT_SCOPE)
endfunction()

function(ckws_find_cargo)
    set(candidates "${CKWS_CARGO}")
    if(NOT CKWS_CARGO)
        ckws_cargos(candidates)
    endif()
    set(too_old "")
    foreach(cargo IN LISTS candidates)
        ckws_cargo_version("${cargo}" version)
        if(version AND version VERSION_GREATER_EQUAL ckws_rust_version)
            if(NOT CKWS_CARGO)
                message(STATUS "ckws: building with ${cargo}, version ${version}")
            endif()
            set(CKWS_CARGO "${cargo}" CACHE FILEPATH "The cargo that builds the library")
            return()
        endif()
        string(APPEND too_old "\n  ${cargo}, version ${version}")
    endforeach()
    if(NOT too_old)
        set(too_old " none")
    endif()
    message(FATAL_ERROR "ckws needs cargo ${ckws_rust_version} or newer; install Rust with https://rustup.rs, "
        "or name a cargo by -DCKWS_CARGO=... Found:${too_old}")
endfunction()

# ckws_target_dir(RESULT): cargo's own folder, so that both tools share what is built; a folder of the build if the
# project is part of another, or if its source cannot be written.
function(ckws_target_dir result)
    set(own "${CMAKE_CURRENT_SOURCE_DIR}/target")
    set(${result} "${CMAKE_CURRENT_BINARY_DIR}/target" PARENT_SCOPE)
    if(DEFINED ENV{CARGO_TARGET_DIR})
        get_filename_component(named "$ENV{CARGO_TARGET_DIR}" ABSOLUTE)
        set(${result} "${named}" PARENT_SCOPE)
    elseif(ckws_is_top_level)
        execute_process(COMMAND "${CMAKE_COMMAND}" -E make_directory "${own}" ERROR_QUIET RESULT_VARIABLE failed)
        if(NOT failed)
            execute_process(COMMAND "${CMAKE_COMMAND}" -E touch "${own}/ckws-is-writable"
                ERROR_QUIET RESULT_VARIABLE failed)
        endif()
        if(NOT failed)
            file(REMOVE "${own}/ckws-is-writable")
            set(${result} "${own}" PARENT_SCOPE)
        endif()
    endif()
endfunction()

ckws_find_cargo()
ckws_target_dir(ckws_default_target_dir)
set(CKWS_TARGET_DIR "${ckws_default_target_dir}" CACHE PATH "Where cargo builds")
