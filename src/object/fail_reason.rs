//! The original's reason numbers, each made from our error numbers in one place.

use crate::base::ErrorCode;

/// ReadFrameFailReason.
pub fn read_frame(code: ErrorCode) -> i32 {
    match code {
        ErrorCode::None => 0,
        ErrorCode::ReadTimeout | ErrorCode::WouldBlock | ErrorCode::CloseTimeout => 1,
        ErrorCode::Aborted | ErrorCode::Interrupted => 2,
        ErrorCode::ReceiveBufferFull | ErrorCode::OutOfMemory | ErrorCode::Internal => 99,
        code if (700..800).contains(&(code as i32)) => 4,
        _ => 3,
    }
}

/// ConnectFailReason.
pub fn connect(code: ErrorCode) -> i32 {
    match code {
        ErrorCode::None => 0,
        ErrorCode::HostEmpty => 1,
        ErrorCode::LookupFailed | ErrorCode::InvalidArgument => 2,
        ErrorCode::LookupTimeout => 3,
        ErrorCode::Aborted | ErrorCode::ClosedLocally | ErrorCode::Interrupted => 4,
        ErrorCode::ConnectTimeout | ErrorCode::ProxyTimeout => 6,
        ErrorCode::ConnectRefused
        | ErrorCode::ProxyRefused
        | ErrorCode::ProxyLogin
        | ErrorCode::ProxyProtocol
        | ErrorCode::ProxyClosed
        | ErrorCode::ConnectFailed
        | ErrorCode::ConnectionReset
        | ErrorCode::ConnectionLost
        | ErrorCode::SocketError => 7,
        ErrorCode::TlsInternal | ErrorCode::NoTrustedRoots => 100,
        ErrorCode::TlsProtocol => 102,
        ErrorCode::TlsClosed | ErrorCode::TlsAlert => 103,
        ErrorCode::TlsNoCertificate => 104,
        ErrorCode::TlsNoCommonVersion => 107,
        ErrorCode::TlsTimeout | ErrorCode::TlsTruncated => 109,
        ErrorCode::CertificateNotPinned => 108,
        code if (510..520).contains(&(code as i32)) => 106,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocol_faults_are_invalid_bytes_but_a_full_buffer_is_not() {
        assert_eq!(read_frame(ErrorCode::ReservedBits), 4);
        assert_eq!(read_frame(ErrorCode::MessageTooBig), 4);
        assert_eq!(read_frame(ErrorCode::ReceiveBufferFull), 99);
        assert_eq!(read_frame(ErrorCode::Closed), 3);
        assert_eq!(read_frame(ErrorCode::ReadTimeout), 1);
    }

    #[test]
    fn every_certificate_fault_is_a_failed_verification() {
        assert_eq!(connect(ErrorCode::CertificateExpired), 106);
        assert_eq!(connect(ErrorCode::CertificateInvalid), 106);
        assert_eq!(connect(ErrorCode::CertificateNotPinned), 108);
        assert_eq!(connect(ErrorCode::ConnectRefused), 7);
    }

    #[test]
    fn a_proxy_that_does_not_connect_is_a_tcp_connection_that_failed() {
        assert_eq!(connect(ErrorCode::ProxyRefused), 7);
        assert_eq!(connect(ErrorCode::ProxyLogin), 7);
        assert_eq!(connect(ErrorCode::ProxyTimeout), 6);
    }
}
