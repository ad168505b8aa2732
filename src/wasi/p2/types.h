// Short names for the types of WASI 0.2, which are made from WIT (wit/wasi02) and lie in the host's memory as
// <holdfast/witype.h> says. Codes and flags are checked against the same tables (types_test.c).
#ifndef WASI_P2_TYPES_H
#define WASI_P2_TYPES_H

#include "wasi/wasi02.h"

typedef wasi02_list_u8_t p2_bytes;
typedef wasi02_list_string_t p2_strings;
typedef wasi02_option_string_t p2_option_string;
typedef wasi02_tuple2_string_string_t p2_pair;
typedef wasi02_list_tuple2_string_string_t p2_pairs;

// -- wasi:io --

enum {
    STREAM_LAST_OPERATION_FAILED = WASI_IO_STREAMS_STREAM_ERROR_LAST_OPERATION_FAILED,
    STREAM_CLOSED = WASI_IO_STREAMS_STREAM_ERROR_CLOSED,
};

typedef wasi_io_streams_stream_error_t p2_stream_error;
typedef wasi02_result_list_u8_wasi_io_streams_stream_error_t p2_read_result;
typedef wasi02_result_u64_wasi_io_streams_stream_error_t p2_count_result;
typedef wasi02_result_void_wasi_io_streams_stream_error_t p2_stream_result;

// -- wasi:filesystem, wasi:clocks --

enum {
    DESCRIPTOR_READ = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_READ,
    DESCRIPTOR_WRITE = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_WRITE,
    DESCRIPTOR_FILE_INTEGRITY_SYNC = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_FILE_INTEGRITY_SYNC,
    DESCRIPTOR_DATA_INTEGRITY_SYNC = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_DATA_INTEGRITY_SYNC,
    DESCRIPTOR_REQUESTED_WRITE_SYNC = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_REQUESTED_WRITE_SYNC,
    DESCRIPTOR_MUTATE_DIRECTORY = WASI_FILESYSTEM_TYPES_DESCRIPTOR_FLAGS_MUTATE_DIRECTORY,
    PATH_SYMLINK_FOLLOW = WASI_FILESYSTEM_TYPES_PATH_FLAGS_SYMLINK_FOLLOW,
    OPEN_CREATE = WASI_FILESYSTEM_TYPES_OPEN_FLAGS_CREATE,
    OPEN_DIRECTORY = WASI_FILESYSTEM_TYPES_OPEN_FLAGS_DIRECTORY,
    OPEN_EXCLUSIVE = WASI_FILESYSTEM_TYPES_OPEN_FLAGS_EXCLUSIVE,
    OPEN_TRUNCATE = WASI_FILESYSTEM_TYPES_OPEN_FLAGS_TRUNCATE,
    TIMESTAMP_TIMESTAMP = WASI_FILESYSTEM_TYPES_NEW_TIMESTAMP_TIMESTAMP,
};

enum fs_code {
#define FS_CODE(name, text, errno_name) FS_##name,
#include "wasi/p2/fs_code.def"
#undef FS_CODE
    FS_CODES
};

typedef wasi_clocks_wall_clock_datetime_t p2_datetime;
typedef wasi02_option_wasi_clocks_wall_clock_datetime_t p2_option_datetime;
typedef wasi_filesystem_types_descriptor_stat_t p2_descriptor_stat;
typedef wasi_filesystem_types_new_timestamp_t p2_new_timestamp;
typedef wasi_filesystem_types_directory_entry_t p2_directory_entry;
typedef wasi02_option_wasi_filesystem_types_directory_entry_t p2_option_directory_entry;
typedef wasi_filesystem_types_metadata_hash_value_t p2_metadata_hash_value;
typedef wasi02_tuple2_list_u8_bool_t p2_descriptor_read;
typedef wasi02_tuple2_own_wasi_filesystem_types_descriptor_string_t p2_preopen;
typedef wasi02_list_tuple2_own_wasi_filesystem_types_descriptor_string_t p2_preopens;

// -- wasi:sockets --

enum net_code {
#define NET_CODE(name, text) NET_##name,
#include "wasi/p2/net_code.def"
#undef NET_CODE
    NET_CODES
};

enum {
    IP_V4 = WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV4, // also the tag of an address
    IP_V6 = WASI_SOCKETS_NETWORK_IP_ADDRESS_FAMILY_IPV6,
    SHUTDOWN_RECEIVE = WASI_SOCKETS_TCP_SHUTDOWN_TYPE_RECEIVE,
    SHUTDOWN_SEND = WASI_SOCKETS_TCP_SHUTDOWN_TYPE_SEND,
    SHUTDOWN_BOTH = WASI_SOCKETS_TCP_SHUTDOWN_TYPE_BOTH,
};

typedef wasi_sockets_network_ip_address_t p2_ip_address;
typedef wasi_sockets_network_ip_socket_address_t p2_ip_socket_address;
typedef wasi02_option_wasi_sockets_network_ip_socket_address_t p2_option_ip_socket_address;
typedef wasi_sockets_udp_incoming_datagram_t p2_incoming_datagram;
typedef wasi_sockets_udp_outgoing_datagram_t p2_outgoing_datagram;
typedef wasi02_list_wasi_sockets_udp_incoming_datagram_t p2_incoming_datagrams;
typedef wasi02_list_wasi_sockets_udp_outgoing_datagram_t p2_outgoing_datagrams;

#endif
